// Boxes drawn over the picture. Each is outlined dark and light, so that it stands out from any picture, and numbered;
// what it means is told by its pattern and its words, never by colour alone.

import { s } from "./dom";
import { toStage } from "./geometry";
import type { Corners, View } from "./geometry";

export type Look = "guess" | "own" | "fixed" | "missed" | "extra";

/** One box on the stage: an element that can be kept while the box changes, so that focus stays where it was. */
export class Drawn {
  readonly element: SVGGElement;
  private readonly dark = s("rect", { class: "dark" });
  private readonly line = s("rect", { class: "line" });
  private readonly tag = s("text", { class: "tag" });
  private readonly ground = s("rect", { class: "ground" });

  constructor(given: Record<string, string> = {}) {
    this.element = s("g", { class: "box", ...given }, this.dark, this.line, this.ground, this.tag);
  }

  draw(box: Corners, view: View, look: Look, words: string): void {
    const [x0, y0, x1, y1] = toStage(box, view);
    for (const rect of [this.dark, this.line]) lay(rect, x0, y0, x1 - x0, y1 - y0);
    this.element.dataset["look"] = look;
    this.tag.textContent = words;
    const wide = words.length * 7.5 + 8;
    const above = y0 >= 18;
    lay(this.ground, x0 - 1, above ? y0 - 18 : y1 + 2, wide, 16);
    this.tag.setAttribute("x", String(x0 + 3));
    this.tag.setAttribute("y", String(above ? y0 - 6 : y1 + 14));
  }
}

export function lay(rect: SVGRectElement, x: number, y: number, wide: number, high: number): void {
  rect.setAttribute("x", x.toFixed(2));
  rect.setAttribute("y", y.toFixed(2));
  rect.setAttribute("width", Math.max(wide, 0).toFixed(2));
  rect.setAttribute("height", Math.max(high, 0).toFixed(2));
}

/** What is said of a box: "box 2 of 5, 40 by 60 pixels, 12 from the left, 30 from the top". */
export function spoken(box: Corners, number: number, of: number, note = ""): string {
  const [x0, y0, x1, y1] = box.map(Math.round) as [number, number, number, number];
  const place = `${x0} from the left, ${y0} from the top`;
  return `box ${number} of ${of}, ${x1 - x0} by ${y1 - y0} pixels, ${place}${note === "" ? "" : `, ${note}`}`;
}
