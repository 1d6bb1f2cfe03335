"""The services endpoint: where requests to other AWS services than Lambda go, moto's server or any URL."""
