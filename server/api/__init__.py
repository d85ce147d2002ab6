"""The HTTP interface under /v1, by the NL GOV API Design Rules."""

VERSION = "1.0.0"
PREFIX = "/v1"
