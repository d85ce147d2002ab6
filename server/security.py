"""Headers that every answer carries (NCSC guidelines; internet.nl)."""

from collections.abc import Mapping

from .settings import Settings

# The viewer is the only page: its scripts, styles and tiles come from here, and meshopt's decoder is WebAssembly.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self' blob: data:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    # The camera, motion sensors and WebXR are for this page alone; nothing else is asked for.
    "Permissions-Policy": "camera=(self), geolocation=(self), gyroscope=(self), accelerometer=(self), "
    "magnetometer=(self), xr-spatial-tracking=(self), microphone=(), payment=(), usb=()",
}


def headers(settings: Settings, *, page: bool) -> Mapping[str, str]:
    """The security headers of a page, or of an answer of the API."""
    policy = {"Content-Security-Policy": _PAGE_POLICY if page else _API_POLICY}
    # Over plain http the header means nothing, and on a laptop it would lock localhost to https for a year.
    secure = settings.public_url.startswith("https://")
    transport = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if secure else {}
    return _COMMON | policy | transport
