"""An audit's figures in words and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from overpaint.jobs._measure_residual_frame import Frame
from overpaint.measures import Estimate, Measured, Plot, curves, intervals

__all__ = ["does_not_say", "lines_of", "plots_of"]

_MANY = {
    "face": "faces",
    "person": "people",
    "text": "lines of writing",
    "plate": "number plates",
    "code": "codes",
    "watermark": "watermarks",
    "nudity": "images flagged as sexual",
}
_LEFT = {
    "failed": "failed and are not published",
    "removed": "are removed",
    "quarantined": "are held back",
    "size-not-known": "could not be decoded, so that nobody can be asked about them",
    "not-in-truth": "are not named by the truth",
}


def does_not_say(settings: Mapping[str, Any], frame: Frame) -> tuple[str, ...]:
    """What the figures do not prove."""
    said = [
        "People overlook things, too: what nobody who looked could see is not counted.",
        "Somebody may be known by more than what was asked about: by hair, clothes, a place, a file name.",
        "Of animations and files of several pages the first picture is looked at.",
        "What is in the no-view lane, removed or held back is no part of it; of minors no rate is given.",
    ]
    if settings["by"] == "truth":
        said.insert(
            0,
            "A dataset's own boxes stand in for people here: no human audited what was written. What those who drew "
            "the boxes left out is counted as not there.",
        )
    if "text" in settings["kinds"]:
        said.append("Every line of writing that can be read counts, also where no rule asks for it to go.")
    if "nudity" in settings["kinds"]:
        said.append(
            "Nudity is what people flag as sexual, image by image; how it is drawn between art and harm is theirs."
        )
    if not frame.written:
        said.append("Nothing is written yet: people saw the source and what would be painted there.")
    return tuple(said)


def lines_of(measured: Measured, asked: tuple[int, int] | None) -> list[str]:
    """For a terminal."""
    figures, settings = measured.figures, measured.settings
    lines = [f"{figures['drawn']} of {figures['published']} published images drawn, by what detectors said of them"]
    if figures["drawn_before"]:
        lines.append(f"{figures['drawn_before']} of them had been drawn before")
    if settings["by"] == "truth":
        lines.append("the dataset's truth stands in for people: nobody looked at what was written")
    for kind, told in figures["kinds"].items():
        lines += _kind(_MANY[kind], told, settings)
    if asked is not None:
        lines.append(f"{asked[0]} questions were put in, {asked[1]} were there already")
        if any(told["unanswered"] for told in figures["kinds"].values()):
            lines.append("answer them with `overpaint review serve`, then measure again")
    if figures["in_the_lane"]:
        lines.append(f"{figures['in_the_lane']} images are in the no-view lane and no part of it")
    lines += [f"{count} images {_LEFT[reason]}" for reason, count in figures["left_out"].items()]
    lines.append("of minors no rate is given")
    return lines


def _kind(many: str, told: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    answered, unanswered = told["answered"], told["unanswered"]
    lines = [f"{many}: {answered} of {answered + unanswered} images answered"]
    if unanswered:
        lines[0] += f"; {unanswered} are not answered yet, and nothing is guessed for them"
    if "total" not in told:
        if answered:
            lines.append(f"  nothing to tell yet: {told['strata_without_an_answer']} strata have no answer")
        return lines
    word = "audited by people" if settings["by"] == "people" else "by the dataset's truth"
    if told["few"]:
        seen, of = f"{told['counted']} in {told['with_any']}", f"{told['audited']} audited images"
        lines.append(f"  still visible: {seen} of {of}; too few show any for an interval of all")
    else:
        lines.append(f"  still visible, {word}: {told['total'].told('.0f')} in all, 95 % interval")
        lines.append(f"  of 1,000 images: {told['per_1000'].told('.0f')}")
    lines.append(f"  images with any: {told['images_with_any'].told('.0f')} of {told['population']}")
    lines.append(f"  with 95 % confidence no more than {told['fewer_than'].value:.0f} of 1,000 images show any")
    if not told["few"]:
        lines += [f"    {name}: {each.told('.0f')}" for name, each in _by_most(told["by_stratum"])]
    if told["more"] and not told["few"]:
        more = ", ".join(f"{count} for +-{width}" for width, count in told["more"].items())
        lines.append(f"  images to look at besides, for a narrower interval: {more}")
    if told["unsettled"]:
        lines.append(f"  {told['unsettled']} of them are not settled: the review would ask more people")
    if told["too_small"]:
        lines.append(f"  not counted: {told['too_small']} less than {settings['least']:g} pixels high")
    if told["kept_on_purpose"]:
        lines.append(f"  not counted: {told['kept_on_purpose']} that a rule, an allow-list or a consent keeps")
    lines += _recaptured(told["recapture"])
    if told.get("hours"):
        lines += _hours(told)
    if "census" in told:
        census = told["census"]
        lines.append(f"  the truth knows: {census['visible']} of {census['things']} still visible in all images")
        lines += [f"  truth that could not be used: {count} ({why})" for why, count in census["unusable"].items()]
    return lines


def _by_most(strata: Mapping[str, Estimate]) -> list[tuple[str, Estimate]]:
    """Those where most is left first."""
    return sorted(strata.items(), key=lambda each: (-(each[1].value or 0.0), each[0]))


def _recaptured(told: Mapping[str, Any]) -> list[str]:
    if "not_measured" in told:
        return [f"  overlooked by all: not measured ({told['not_measured']})"]
    images, unseen = told["images"], told["unseen"].told(".0f")
    return [f"  overlooked by all who looked at {images} of these images: {unseen}, {told['label']}"]


def _hours(told: Mapping[str, Any]) -> list[str]:
    """The next finding where it costs least, and where it costs most."""
    took = f"  an image took {told['seconds_an_image']:.0f} s"
    if not told["counted"]:
        return [f"{took}; nothing was found, so that the next finding cannot be foreseen"]
    first, last = told["hours"][0], told["hours"][-1]
    lines = [f"  the next finding takes {_time(first['hours_per_finding'])} of somebody's time ({first['stratum']})"]
    if last is not first:
        lines[0] += f", at last {_time(last['hours_per_finding'])} ({last['stratum']})"
    return [*lines, took]


def _time(hours: float) -> str:
    """Seconds, minutes or hours, whichever is read most easily."""
    if hours < 1 / 30:
        return f"{3600 * hours:.0f} s"
    return f"{60 * hours:.0f} minutes" if hours < 2 else f"{hours:.0f} hours"


def plots_of(measured: Measured) -> dict[str, Plot]:
    """Intervals by stratum, and findings by hours spent, of each kind with figures."""
    plots: dict[str, Plot] = {}
    by = "audited by people" if measured.settings["by"] == "people" else "by the dataset's truth"
    for kind, told in measured.figures["kinds"].items():
        if "total" not in told or told["few"]:
            continue
        rows = {"all images": told["total"]}
        for name, each in _by_most(told["by_stratum"]):
            rows[name if each.low is not None else f"{name} *"] = each
        axis = f"still visible in {told['population']:,} images ; *: too few for an interval"
        plots[f"{kind}-strata"] = intervals(rows, title=f"Still visible: {_MANY[kind]}, {by}", axis=axis)
        if told.get("hours"):
            plots[f"{kind}-hours"] = _by_hours(kind, told["hours"])
    return plots


def _by_hours(kind: str, efforts: Sequence[Mapping[str, Any]]) -> Plot:
    """What the hours bring, the strata where most is found first."""
    points, start = [], (0.0, Estimate(0.0, n=0, unit="findings", method="expected"))
    for each in efforts:
        found = Estimate(each["findings"], n=each["images"], unit="findings", method="expected")
        points.append((float(each["hours"]), found))
    title = f"To be expected of looking at more images: {_MANY[kind]}"
    return curves({"expected": [start, *points]}, title=title, x="hours of people", y="found, in all")
