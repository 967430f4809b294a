// Boxes that are only shown: those that a question asks about, and what a training question's feedback says.

import { Drawn, spoken } from "./drawn";
import type { Look } from "./drawn";
import { found } from "./geometry";
import type { Corners } from "./geometry";
import { s } from "./dom";
import type { Gesture, Stage, Tool } from "./stage";
import type { GivenBox } from "./wire";

export interface Mark {
  readonly box: Corners;
  readonly look: Look;
  readonly tag: string;
  readonly note: string;
}

export class Marks implements Tool {
  private readonly drawn: Drawn[];
  private readonly group: SVGGElement;

  constructor(
    private readonly stage: Stage,
    private readonly marks: readonly Mark[],
  ) {
    this.drawn = marks.map((mark, at) => {
      const label = spoken(mark.box, at + 1, marks.length, mark.note);
      return new Drawn({ role: "img", "aria-label": label });
    });
    this.group = s("g", {}, ...this.drawn.map((one) => one.element));
    stage.over.replaceChildren(this.group);
    stage.use(this);
  }

  down(): Gesture | null {
    return null;
  }

  redraw(): void {
    this.marks.forEach((mark, at) => this.drawn[at]?.draw(mark.box, this.stage.view, mark.look, mark.tag));
  }
}

/** The boxes that a question asks about: numbered where there are several. */
export function asked(boxes: readonly GivenBox[]): Mark[] {
  return boxes.map((one, at) => ({ box: one.box, look: "fixed", tag: String(at + 1), note: "" }));
}

/** What was right, missed and too much, told apart by pattern and word. */
export function told(given: readonly GivenBox[], key: readonly GivenBox[]): Mark[] {
  const ours = given.map((one) => one.box);
  const matched = found(
    ours,
    key.map((one) => one.box),
  );
  const used = new Set(matched);
  const marks: Mark[] = [];
  ours.forEach((box, at) => {
    if (used.has(at)) marks.push({ box, look: "fixed", tag: "found", note: "found" });
    else marks.push({ box, look: "extra", tag: "not one", note: "your box, which holds none" });
  });
  key.forEach((one, at) => {
    if (matched[at] === -1) marks.push({ box: one.box, look: "missed", tag: "missed", note: "missed" });
  });
  return marks;
}
