# The probe in Ruby: does what the event's `action` says.

$count = 0

module Probes
  class Nested
    def self.handler(event:, context:)
      { nested: event["text"], context: context.class.name }
    end
  end
end

class ProbeError < StandardError; end

def handler(event:, context:)
  $count += 1
  puts "marker #{event['text']}"
  $stderr.puts "beside #{event['text']}"
  act(event["action"])
  { event: event, count: $count, requestId: context.aws_request_id, function: context.function_name,
    version: context.function_version, memory: context.memory_limit_in_mb, arn: context.invoked_function_arn,
    remaining: context.get_remaining_time_in_millis, stream: context.log_stream_name, trace: ENV["_X_AMZN_TRACE_ID"],
    root: ENV["LAMBDA_TASK_ROOT"] }
end

def act(action)
  case action
  when "raise" then raise ProbeError, "boom"
  when "undefined" then nobody_defined_this
  when "sleep" then sleep(60)
  when "crash" then exit!(3)
  end
end
