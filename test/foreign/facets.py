"""Values of facets and listings in records: sections 20.1, 20.2 and 21.2 of FORMAT.md."""

import json
import re
import struct

STEP = re.compile(r'\.?([^\s.\[\]()*/,="|]+)|\[("(?:[^"\\]|\\.)*")\]')
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d)))?", re.ASCII)
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def values_of(record, region, paths):
    """[20.2] The values of some paths, in order."""
    found = {}
    for path in paths:
        if path == "region":
            parts = [region] if region else []
        elif path in record:
            parts = scalars(record[path], [])
        else:
            parts = scalars(record, [json.loads(quoted) if quoted else name for name, quoted in STEP.findall(path)])
        for part in parts:
            if not isinstance(part, str) or len(part) <= 1_024:
                found[value_key(part)] = part
    return [found[key] for key in sorted(found)[:4_096]]


def scalars(value, steps):
    if isinstance(value, list):
        return [part for element in value for part in scalars(element, steps)]
    if steps:
        return scalars(value[steps[0]], steps[1:]) if isinstance(value, dict) and steps[0] in value else []
    if isinstance(value, str):
        return [part for part in value.split(", ") if part]
    return [] if value is None or isinstance(value, dict) else [value]


def value_key(value):
    if isinstance(value, str):
        return "s" + value
    if isinstance(value, bool):
        return "b1" if value else "b0"
    (bits,) = struct.unpack(">Q", struct.pack(">d", value + 0.0))
    return f"n{bits ^ (0xFFFFFFFFFFFFFFFF if bits >> 63 else 1 << 63):016x}"


def value_of(key):
    """The value of a key."""
    if key[0] == "s":
        return key[1:]
    if key[0] == "b":
        return key == "b1"
    bits = int(key[1:], 16)
    return struct.unpack(">d", struct.pack(">Q", bits ^ (1 << 63 if bits >> 63 else 0xFFFFFFFFFFFFFFFF)))[0]


def text_of(key):
    """[22.1] The text of the value of a key."""
    value = value_of(key)
    return value if isinstance(value, str) else ("true" if value else "false") if isinstance(value, bool) else number_text(value)


def number_text(value):
    """What ECMAScript's String(value) gives."""
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0") or "0"
    exponent = int(power or 0) + len(whole) if whole != "0" else int(power or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0") or "0"
    sign = "-" if value < 0 else ""
    if value == 0:
        return "0"
    if len(digits) <= exponent <= 21:
        return sign + digits + "0" * (exponent - len(digits))
    if 0 < exponent <= 21:
        return sign + digits[:exponent] + "." + digits[exponent:]
    if -6 < exponent <= 0:
        return sign + "0." + "0" * -exponent + digits
    power = f"e{'+' if exponent > 0 else '-'}{abs(exponent - 1)}"
    return sign + digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + power


def order_key(values, order):
    """[21.2]"""
    sign = 1 if order == "asc" else -1
    keys = [order[0] + "2"]
    for value in values:
        at = instant(value) if isinstance(value, str) else None if isinstance(value, bool) else value
        if at is not None:
            keys.append(order[0] + ("1" if isinstance(value, str) else "0") + value_key(sign * at)[1:])
    return min(keys)


def instant(text):
    """[20.2] The milliseconds of a date since 1970, or None."""
    found = DATE.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone_hour, zone_minute = (int(part or 0) for part in found.groups()[8:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or not 1 <= day <= DAYS[month - 1] + (leap and month == 2):
        return None
    if hour > 23 or minute > 59 or second > 60 or zone_hour > 23 or zone_minute > 59:
        return None
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 + sum(DAYS[: month - 1]) + (leap and month > 2) + day
    zone = (zone_hour * 60 + zone_minute) * (-1 if found[8] == "-" else 1)
    seconds = (days - 719_163) * 86_400 + (hour * 60 + minute - zone) * 60 + second
    return float(seconds * 1000) + float(f"0.{found[7] or 0}e3")
