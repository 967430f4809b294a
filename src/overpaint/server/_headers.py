"""What every answer says to the browser: take nothing from elsewhere, show this nowhere else, tell nobody."""

from __future__ import annotations

__all__ = ["CONTENT_SECURITY_POLICY", "headers"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FEATURES = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "permissions-policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow, noarchive",
}


def headers(*, secure: bool) -> list[tuple[bytes, bytes]]:
    """The headers of every answer; there is none that lets another origin read anything."""
    told = dict(_ALWAYS)
    if secure:
        told["strict-transport-security"] = "max-age=31536000"
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in told.items()]
