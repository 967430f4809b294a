// Drawings that explain what a good box is: a pot on a table stands for whatever is asked about. No picture of anybody.

import { s } from "./dom";

type Rect = readonly [number, number, number, number];

const thing = (x: number, y: number, size: number): SVGElement =>
  s(
    "g",
    { class: "thing", transform: `translate(${x} ${y}) scale(${size})` },
    s("path", { d: "M-12 -14 L12 -14 L9 -8 C22 -2 20 20 8 22 L-8 22 C-20 20 -22 -2 -9 -8 Z" }),
    s("path", { class: "mark", d: "M-11 4 H11 M-9 10 H9" }),
  );

const rect = ([x, y, wide, high]: Rect): SVGElement =>
  s("g", {}, s("rect", { class: "dark", x, y, width: wide, height: high }), s("rect", { class: "line", x, y, width: wide, height: high }));

const DRAWINGS: Record<string, () => SVGElement[]> = {
  "box-tight": () => [thing(60, 42, 1.2), rect([38, 23, 44, 48])],
  "box-cut": () => [thing(60, 42, 1.2), rect([52, 34, 44, 44])],
  "box-loose": () => [thing(60, 42, 1.2), rect([8, 6, 104, 76])],
  "box-two": () => [thing(38, 44, 0.9), thing(82, 44, 0.9), rect([17, 28, 86, 40])],
  "box-small": () => [thing(40, 46, 1.2), rect([18, 27, 44, 48]), thing(98, 20, 0.3), rect([91, 14, 14, 15])],
  "missed-none": () => [thing(40, 46, 1.2), rect([18, 27, 44, 48]), thing(98, 20, 0.3), rect([91, 14, 14, 15])],
  "missed-one": () => [thing(40, 46, 1.2), rect([18, 27, 44, 48]), thing(98, 20, 0.3)],
};

export const DRAWN: readonly string[] = Object.keys(DRAWINGS);

/** The drawing of that name, or null where there is none. */
export function drawing(name: string): SVGSVGElement | null {
  const parts = DRAWINGS[name]?.();
  if (parts === undefined) return null;
  return s(
    "svg",
    { class: "drawing", viewBox: "0 0 120 88", "aria-hidden": "true", focusable: "false" },
    s("rect", { class: "sky", x: 0, y: 0, width: 120, height: 88 }),
    s("path", { class: "ground", d: "M0 66 H120 V88 H0 Z" }),
    ...parts,
  );
}
