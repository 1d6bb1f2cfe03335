"""The Telemetry API and the Logs API: subscriptions of extensions, and what is delivered to them."""
