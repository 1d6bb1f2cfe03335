"""Lambda's quotas: every figure that the service holds a function to, once.

Source, unless another is named: Lambda guide, "Lambda quotas". Sizes are in bytes or MB (MiB), times in seconds.
"""

from __future__ import annotations

# --- configuration

MEMORY_MIN_MB = 128
MEMORY_MAX_MB = 10_240
"""Memory can be set in steps of 1 MB."""

MB_PER_VCPU = 1_769
"""Memory at which a function has the equivalent of one vCPU. Source: Lambda guide, "Configure memory"."""

TIMEOUT_MIN_S = 1
TIMEOUT_MAX_S = 900
"""The timeout is in whole seconds."""

EPHEMERAL_STORAGE_MIN_MB = 512
EPHEMERAL_STORAGE_MAX_MB = 10_240
"""Size of /tmp, in steps of 1 MB."""

ENVIRONMENT_LIMIT_BYTES = 4_096
"""All environment variables together, see `limits.environment_size_bytes`."""

FUNCTION_NAME_MAX_LENGTH = 64
HANDLER_MAX_LENGTH = 128
DESCRIPTION_MAX_LENGTH = 256
"""Lengths in characters. Source: API reference, CreateFunction."""

LAYERS_LIMIT = 5
"""Layers per function."""

TAGS_LIMIT = 50
"""Tags per resource. Source: Lambda guide, "Using tags on Lambda functions"."""

POLICY_LIMIT_BYTES = 20_480
"""A function's resource-based policy, per qualifier."""

EXTENSIONS_LIMIT = 10
"""Extensions per function. Source: Lambda guide, "Lambda Extensions API"."""

DURABLE_EXECUTION_MAX_S = 31_622_400
"""366 days. Source: API reference, DurableConfig, ExecutionTimeout."""
DURABLE_RETENTION_MAX_DAYS = 90
"""Source: API reference, DurableConfig, RetentionPeriodInDays."""

# --- deployment packages

UNZIPPED_LIMIT_BYTES = 262_144_000
"""250 MB: the function and all its layers, each counted as it is unzipped, overwritten files too."""
ZIPPED_LIMIT_BYTES = 52_428_800
"""50 MB: a .zip that is uploaded directly. One that comes from Amazon S3, as `sam deploy` does it, may be larger."""

CODE_STORAGE_LIMIT_BYTES = 322_122_547_200
"""300 GB: all packages of functions, versions and layers in a Region."""

CODE_REQUEST_LIMIT_BYTES = 70_167_211
"""A request that brings a package, in base64. Source: recorded answers of CreateFunction."""

# --- execution

INIT_LIMIT_S = 10
"""An on-demand INIT; after that Lambda starts INIT again within the invocation. Source: Lambda guide, "Init phase"."""
PROVISIONED_INIT_LIMIT_S = 130
"""An INIT under provisioned concurrency, or the function's timeout if that is longer. Source: Lambda guide, "Init phase".

The same for INIT before a snapshot, with its hooks. Source: Lambda guide, "Lambda SnapStart runtime hooks for Python"."""
RESTORE_LIMIT_S = 10
"""A RESTORE with its hooks. Source: the same page."""

OPEN_FILES_LIMIT = 1_024
"""File descriptors per execution environment."""
PROCESSES_LIMIT = 1_024
"""Processes and threads together, per execution environment."""

ACCOUNT_CONCURRENCY = 1_000
"""Concurrent executions per Region, unless AWS raised them."""
UNRESERVED_MINIMUM = 100
"""What of them no function may reserve. Source: Lambda guide, "Configuring reserved concurrency"."""
REQUESTS_PER_CONCURRENCY = 10
"""Synchronous requests per second for each unit of the account's, a reserved or a provisioned concurrency.

Source: Lambda guide, "Understanding Lambda function scaling", "Understanding concurrency and requests per second".
"""
SCALING_ENVIRONMENTS = 1_000
SCALING_PERIOD_S = 10
"""How many execution environments a function may gain, and in which time. Source: Lambda guide, "Lambda scaling behavior"."""
SCALING_REQUESTS = 10_000
"""How many more synchronous requests per second it may get within that time. Source: the same page."""

TENANT_ENVIRONMENTS_PER_CONCURRENCY = 2.5
"""Execution environments of tenants, busy or idle, for each unit of a function's concurrency.

Source: Lambda guide, "Troubleshooting tenant isolation" (2,500 for 1,000).
"""

# --- payloads and logs

REQUEST_LIMIT_BYTES = 6_291_456
"""The largest synchronous request: 6 MB."""
ASYNCHRONOUS_REQUEST_LIMIT_BYTES = 1_048_576
"""The largest event of an asynchronous invocation: 1 MB; it was 256 KB until October 2025."""
INVOKE_ASYNC_LIMIT_BYTES = 262_144
"""The same for the deprecated InvokeAsync, for which 256 KB is still documented."""
RESPONSE_LIMIT_BYTES = 6_291_556
"""The largest buffered response: 6 MB + 100 bytes."""
STREAM_LIMIT_BYTES = 209_715_200
"""The largest streamed response: 200 MB."""
STREAM_BURST_BYTES = 6_291_456
STREAM_RATE_BYTES_PER_S = 2_097_152
"""The first 6 MB of a streamed response are sent at any speed, the rest at 2 MB/s.

Source: Lambda guide, "Response streaming for Lambda functions", "Bandwidth limits".
"""

LOG_EVENT_LIMIT_BYTES = 262_144
"""The largest log event. Source: CloudWatch Logs quotas, "Event size" (256 KB)."""
LOG_TAIL_BYTES = 4_096
"""What LogResult returns of an execution log: its last 4 KB. Source: API reference, Invoke."""

TENANT_ID_LIMIT = 256
"""Characters of a tenant ID. Source: API reference, Invoke, TenantId."""
