# Runs a Ruby function as Lambda's own runtime client does, under whichever Ruby starts this file (2.7 and later).
#
# Standard library only; one process per environment. This is not AWS's gem aws_lambda_ric but our own client that behaves like
# it: the same libraries loaded, the same documents, log lines and exit statuses. Three differences are intended: one connection
# is kept for all calls, an error's log lines are one record (as on Lambda, where they go through a separate pipe), and frames of
# this file are left out of stack traces. In reading order:
#
#   1 Start        INIT, then one invocation after another
#   2 Runtime API  HTTP/1.1
#   3 Names        what functions can see: LambdaHandler, LambdaContext, AwsLambda::Marshaller
#   4 Failures     error documents and their log lines
#   5 Logging      how Lambda changes the Logger class

# frozen_string_literal: true

workbench_started_ns = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)

# Ruby was started with --disable-gems. Libraries of this machine besides Ruby's own are hidden, because Lambda has no others, and
# GEM_HOME and GEM_PATH decide which gems exist. RubyGems itself comes from Ruby's library, not a version installed beside it.
unless defined?(Gem)
  require "rbconfig"
  all_places = $LOAD_PATH.dup
  $LOAD_PATH.reject! { |folder| folder.start_with?(*RbConfig::CONFIG.values_at("sitedir", "vendordir").compact) }
  $LOAD_PATH.reject! { |folder| RbConfig::CONFIG.values_at("sitearchdir", "vendorarchdir").include?(folder) }
  begin
    require "rubygems"
  rescue LoadError # some systems install RubyGems outside Ruby's library
    $LOAD_PATH.replace(all_places)
    require "rubygems"
  end
  %w[error_highlight did_you_mean syntax_suggest/core].each do |library|
    require library
  rescue LoadError
    nil # this Ruby is too old to have it
  end
end

require "json"
require "logger"
require "net/http"
require "stringio"

$stdout.sync = true
$stderr.sync = true

module WorkbenchRuntime
  # --------------------------------------------------------------------------------------------------------------------------
  # 1 Start

  # The exit statuses of Lambda's client, which the system turns into 252, 255 and 254.
  INIT_FAILED = -4
  CRITICAL = -1
  CLIENT_FAILED = -2

  # Runs one function for as long as the environment lives.
  class Runner
    def initialize(api, handler_name)
      @api = api
      @handler_name = handler_name
    end

    # Never returns: the process ends with a status that says why.
    def run
      @handler = WorkbenchRuntime.load_function(@handler_name)
      loop { serve(@api.next_invocation) }
    rescue ClientError => error
      warn(error.message)
      exit(CLIENT_FAILED)
    rescue Ended => ended
      exit(ended.status)
    rescue Exception => error # rubocop:disable Lint/RescueException -- also LoadError, SyntaxError and `exit` in the function's file
      fail_init(error)
    end

    private

    def serve(request)
      WorkbenchRuntime.note_invocation(request)
      send_response(request, *result_of(request))
    rescue ClientError, Ended
      raise
    rescue Exception => error # rubocop:disable Lint/RescueException -- as Lambda's client: `exit` and `raise Exception` too
      fail_invocation(request, error)
    end

    def result_of(request)
      event = AwsLambda::Marshaller.marshall_request(request)
      @handler.call_handler(request: event, context: LambdaContext.new(request))
    end

    # A response that cannot be sent (a closed stream, not text) counts as the client's failure and ends the environment.
    def send_response(request, response, content_type = "application/json")
      body = content_type == "application/unknown" ? response.read : response
      @api.post_response(request, body, content_type)
    rescue ClientError
      raise
    rescue StandardError => error
      @api.post_error(request, Failure.new(error, "Runtime"))
      raise Ended.new(CLIENT_FAILED)
    end

    # Lambda's client treats two kinds of exception as critical, which end the environment: NameError, a sign of broken code, and
    # anything that is not a StandardError, like `exit`.
    def fail_invocation(request, error)
      critical = error.is_a?(NameError) || !error.is_a?(StandardError)
      failure = Failure.new(error, "Function")
      WorkbenchRuntime.log_failure(critical ? "Critical exception from handler" : "Error raised from handler method", failure)
      @api.post_error(request, failure)
      raise Ended.new(CRITICAL) if critical
    end

    def fail_init(error)
      failure = Failure.new(error, "Init")
      WorkbenchRuntime.log_failure("Init error when loading handler #{@handler_name}", failure)
      @api.post_init_error(failure)
      exit(INIT_FAILED)
    end
  end

  # Raised in the loop to end the process with this status.
  class Ended < StandardError
    attr_reader :status

    def initialize(status)
      super("exit #{status}")
      @status = status
    end
  end

  class << self
    # The request id of the current invocation, nil during INIT.
    attr_reader :request_id

    def start(started_ns)
      @started_ns = started_ns
      address = ENV.fetch("AWS_LAMBDA_RUNTIME_API") do
        puts "Failed to get runtime server address from AWS_LAMBDA_RUNTIME_API env variable"
        exit(CLIENT_FAILED)
      end
      use_vendored_gems
      Runner.new(RuntimeApi.new(address), ENV["_HANDLER"].to_s).run
    end

    # Loads the function's file, which is found in the working directory, the task root.
    def load_function(handler_name)
      loading_ns = now_ns
      folder = Dir.pwd
      $LOAD_PATH.unshift(folder) unless $LOAD_PATH.include?(folder)
      handler = LambdaHandler.new(env_handler: handler_name)
      require handler.handler_file_name
      @init_report = JSON.generate(runtimeInit: [@started_ns, loading_ns], functionInit: [loading_ns, now_ns])
      handler
    end

    # The times of INIT for the engine of Lambda Workbench, as a header of the first request only. Other servers ignore it.
    def take_init_report
      report, @init_report = @init_report, nil
      report ? { "Workbench-Init" => report } : {}
    end

    def note_invocation(request)
      @request_id = request["Lambda-Runtime-Aws-Request-Id"]
      ENV["_X_AMZN_TRACE_ID"] = request["Lambda-Runtime-Trace-Id"]
    end

    private

    def now_ns
      Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
    end

    # Lambda's GEM_PATH begins with the folder in which `bundle install --deployment` puts gems. A Ruby of another version than
    # the runtime's puts them into another folder, which is added here.
    def use_vendored_gems
      return unless defined?(Gem)

      vendored = File.join(Dir.pwd, "vendor", "bundle", "ruby", RbConfig::CONFIG["ruby_version"])
      return if Gem.path.include?(vendored) || !File.directory?(vendored)

      Gem.use_paths(Gem.dir, [vendored, *Gem.path])
    end
  end

  # --------------------------------------------------------------------------------------------------------------------------
  # 2 Runtime API

  # The Runtime API did not answer, or not as it should. The process cannot continue.
  class ClientError < StandardError; end

  # The calls that a runtime makes, over one connection.
  class RuntimeApi
    VERSION = "/2018-06-01/runtime"
    MAX_CAUSE_BYTES = 1024 * 1024
    AGENT = "lambda-workbench-ruby/#{RUBY_VERSION}"

    # `address` is host:port. HTTP_PROXY is ignored.
    def initialize(address)
      host, _, port = address.rpartition(":")
      @http = Net::HTTP.new(host.delete("[]"), port.to_i, nil)
      @http.read_timeout = nil
      @http.max_retries = 0
      @http.keep_alive_timeout = 3600
    end

    # Waits for an invocation, without a time limit. Its headers and body are the request that AwsLambda::Marshaller receives.
    def next_invocation
      answer = exchange { @http.get("#{VERSION}/invocation/next", headers.merge(WorkbenchRuntime.take_init_report)) }
      raise ClientError, "Received #{answer.code} when waiting for next invocation." unless answer.is_a?(Net::HTTPSuccess)

      answer
    rescue SignalException => signal
      puts "Next invocation HTTP request from the runtime interface client was interrupted with a #{signal} SIGNAL, " \
           "gracefully shutting down."
      raise Ended.new(0)
    end

    def post_response(request, body, content_type)
      post("/invocation/#{id_of(request)}/response", body, "Content-Type" => content_type, **echoed(request))
    end

    def post_error(request, failure)
      cause = failure.cause
      more = cause.bytesize < MAX_CAUSE_BYTES ? { "Lambda-Runtime-Function-XRay-Error-Cause" => cause } : {}
      post("/invocation/#{id_of(request)}/error", failure.document.to_json, **typed(failure), **more, **echoed(request))
    end

    def post_init_error(failure)
      post("/init/error", failure.document.to_json, **typed(failure))
    rescue ClientError => error
      warn(error.message)
    end

    private

    def post(path, body, more)
      exchange { @http.post(VERSION + path, body, headers.merge(more)) }
    end

    # Retries once on a new connection if the server has closed the kept one in the meantime.
    def exchange
      kept = @http.started?
      @http.start unless kept
      yield
    rescue EOFError, Errno::ECONNRESET, Errno::EPIPE => error
      raise ClientError, "The Runtime API hung up: #{error.message}" unless kept

      @http.finish if @http.started?
      retry
    rescue SystemCallError, IOError, SocketError, Net::ProtocolError => error
      raise ClientError, "The Runtime API does not answer: #{error.message}"
    end

    def headers
      { "User-Agent" => AGENT }
    end

    def typed(failure)
      { "Content-Type" => "application/json", "Lambda-Runtime-Function-Error-Type" => failure.reported_type }
    end

    # The invocation id, which newer servers send besides the request id and expect back.
    def echoed(request)
      id = request["Lambda-Runtime-Invocation-Id"]
      id ? { "Lambda-Runtime-Invocation-Id" => id } : {}
    end

    def id_of(request)
      request["Lambda-Runtime-Aws-Request-Id"]
    end
  end

  # --------------------------------------------------------------------------------------------------------------------------
  # 4 Failures

  # An exception as Lambda reports it. `stage` is Init, Function or Runtime.
  class Failure
    # For these the type is reported; for others only that the function raised something.
    REPORTED = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze
    MOST_FRAMES = 100
    MOST_FRAMES_OF_CAUSE = 15

    def initialize(error, stage)
      @class_name = error.class.to_s
      @type = "#{stage}<#{@class_name}>"
      @message = error.message.to_s.dup.force_encoding(Encoding::UTF_8).scrub
      @frames = (error.backtrace_locations || []).take_while { |frame| frame.absolute_path != __FILE__ }.first(MOST_FRAMES)
    end

    # The error document that the caller receives.
    def document
      { errorMessage: @message, errorType: @type, stackTrace: @frames.map(&:to_s) }
    end

    # The error type for the header.
    def reported_type
      REPORTED.include?(@class_name) ? @type : "Function<UserException>"
    end

    # The cause for X-Ray. It is sent as a header, so without newlines and non-ASCII characters.
    def cause
      stack = @frames.first(MOST_FRAMES_OF_CAUSE).map { |frame| { path: frame.path, line: frame.lineno, label: frame.label } }
      exceptions = [{ message: @message, type: @type, stack: stack }]
      JSON.generate({ working_directory: Dir.pwd, paths: Gem.paths.path, exceptions: exceptions }, ascii_only: true)
    end
  end

  # Logs a failure as one record: its lines are joined by CR, so that log readers take them for one event.
  def self.log_failure(title, failure)
    $stdout.write("#{title}\n", JSON.pretty_generate(failure.document).tr("\n", "\r"), "\n")
  end
end

# ----------------------------------------------------------------------------------------------------------------------------
# 3 Names

# Calls the function. The class is named as in AWS's client because messages about a missing method contain its name.
class LambdaHandler
  attr_reader :handler_file_name, :handler_method_name

  def initialize(env_handler:)
    parts = env_handler.split(".")
    unless parts.size.between?(2, 3)
      raise ArgumentError, "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME " \
                           "corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class " \
                           "namespace and METHOD is a callable method. If using CLASS, METHOD must be a class-level method."
    end
    @handler_file_name, *namespace, @handler_method_name = parts
    @handler_class = namespace.first
  end

  # Gives the marshalled result, and its content type if that is not JSON.
  def call_handler(request:, context:)
    receiver = @handler_class ? Kernel.const_get(@handler_class) : self
    AwsLambda::Marshaller.marshall_response(receiver.__send__(@handler_method_name, event: request, context: context))
  end
end

# The object that a handler receives with its event.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :deadline_ms, :log_group_name, :log_stream_name, :function_name,
              :function_version, :memory_limit_in_mb, :identity, :client_context, :tenant_id

  def initialize(request)
    @aws_request_id = request["Lambda-Runtime-Aws-Request-Id"]
    @invoked_function_arn = request["Lambda-Runtime-Invoked-Function-Arn"]
    @deadline_ms = request["Lambda-Runtime-Deadline-Ms"].to_i
    @tenant_id = request["Lambda-Runtime-Aws-Tenant-Id"]
    @identity = parsed(request["Lambda-Runtime-Cognito-Identity"])
    @client_context = parsed(request["Lambda-Runtime-Client-Context"])
    read_environment
  end

  # Milliseconds until the timeout, 0 after it.
  def get_remaining_time_in_millis
    [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
  end

  private

  def read_environment
    @log_group_name = ENV["AWS_LAMBDA_LOG_GROUP_NAME"]
    @log_stream_name = ENV["AWS_LAMBDA_LOG_STREAM_NAME"]
    @function_name = ENV["AWS_LAMBDA_FUNCTION_NAME"]
    @function_version = ENV["AWS_LAMBDA_FUNCTION_VERSION"]
    @memory_limit_in_mb = ENV["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
  end

  def parsed(text)
    text.to_s.empty? ? nil : JSON.parse(text)
  end
end

module AwsLambda
  # Decodes events and encodes results. Functions may replace these two methods with their own.
  class Marshaller
    class << self
      def marshall_request(raw_request)
        body = raw_request.body
        raw_request["Content-Type"] == "application/json" ? JSON.parse(body) : body
      end

      # A stream is sent as it is, anything else as JSON.
      def marshall_response(method_response)
        case method_response
        when StringIO, IO then [method_response, "application/unknown"]
        else method_response.to_json
        end
      end
    end
  end
end

module WorkbenchRuntime
  # --------------------------------------------------------------------------------------------------------------------------
  # 5 Logging

  # Makes a Logger on standard output or error write Lambda's format, with the request id in each line.
  module LoggerPatch
    def initialize(logdev = nil, *arguments, **options)
      standard = logdev.nil? || logdev == $stdout || logdev == $stderr
      super(standard ? $stdout : logdev, *arguments, **options)
      @default_formatter = ENV["AWS_LAMBDA_LOG_FORMAT"] == "JSON" ? JsonFormatter.new : TextFormatter.new if standard
    end
  end

  # I, [2026-11-05T10:11:12.345678 #8]  INFO 3f2a… -- program: message
  class TextFormatter < Logger::Formatter
    def call(severity, time, program, message)
      stamp = time.strftime(datetime_format || "%Y-%m-%dT%H:%M:%S.%6N")
      head = format("%s, [%s #%d] %5s %s", severity[0], stamp, Process.pid, severity, WorkbenchRuntime.request_id)
      # A record is one event on Lambda. Without Lambda's own pipe, its lines are joined by CR for that.
      text = "#{head} -- #{program}: #{msg2str(message)}".encode("UTF-8", invalid: :replace, undef: :replace)
      "#{text.tr("\n", "\r")}\n"
    end
  end

  # Writes one JSON object per line. Source: Lambda guide, "Using structured JSON".
  class JsonFormatter < Logger::Formatter
    def call(severity, time, program, message)
      fields = { timestamp: time.getutc.strftime("%Y-%m-%dT%H:%M:%S.%6NZ"), level: severity, message: text_of(message),
                 requestId: WorkbenchRuntime.request_id, logger: program, **error_fields(message) }
      "#{JSON.generate(fields.compact)}\n"
    end

    private

    def text_of(message)
      (message.is_a?(Exception) ? message.message : msg2str(message)).to_s.scrub
    end

    def error_fields(message)
      return {} unless message.is_a?(Exception)

      { errorType: message.class.to_s, errorMessage: message.message, stackTrace: message.backtrace }
    end
  end
end

Logger.prepend(WorkbenchRuntime::LoggerPatch)
WorkbenchRuntime.start(workbench_started_ns) if $PROGRAM_NAME == __FILE__
