// The eight handles of the box that is selected: small to the eye, large to the finger.

import { s } from "./dom";
import { lay } from "./drawn";
import { HANDLES, toStage } from "./geometry";
import type { Corners, Handle, View } from "./geometry";

/** Below this side, on the screen, a box shows its corners only, and they are grasped from outside. */
const SMALL = 56;
/** How large a handle is to the pointer: a finger needs more than a mouse. */
const reach = (): number => (matchMedia("(any-pointer: coarse)").matches ? 44 : 24);

export class Handles {
  readonly element = s("g", { class: "handles", "aria-hidden": "true" }, ...HANDLES.map(made));

  draw(box: Corners | null, view: View): void {
    this.element.toggleAttribute("hidden", box === null);
    if (box === null) return;
    const [x0, y0, x1, y1] = toStage(box, view);
    const small = Math.min(x1 - x0, y1 - y0) < SMALL;
    const out = small ? 8 : 0;
    const wide = reach();
    for (const handle of this.element.children as unknown as SVGGElement[]) {
      const at = handle.dataset["handle"]!;
      handle.toggleAttribute("hidden", small && at.length === 1);
      const x = at.includes("w") ? x0 - out : at.includes("e") ? x1 + out : (x0 + x1) / 2;
      const y = at.includes("n") ? y0 - out : at.includes("s") ? y1 + out : (y0 + y1) / 2;
      const [touch, dot] = handle.children as unknown as [SVGRectElement, SVGRectElement];
      // of a small box they reach outward only, so that the box itself can still be grasped
      const left = small ? (at.includes("w") ? wide - 6 : 6) : wide / 2;
      const top = small ? (at.includes("n") ? wide - 6 : 6) : wide / 2;
      lay(touch, x - left, y - top, wide, wide);
      lay(dot, x - 5, y - 5, 10, 10);
    }
  }

  /** The handle that an event is on; null: none. */
  static of(event: Event): Handle | null {
    const handle = (event.target as Element).closest<SVGElement>("[data-handle]")?.dataset["handle"];
    return (handle as Handle | undefined) ?? null;
  }
}

function made(at: Handle): SVGGElement {
  return s("g", { class: "handle", "data-handle": at }, s("rect", { class: "touch" }), s("rect", { class: "dot" }));
}
