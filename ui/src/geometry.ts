// Boxes and the way a picture lies on the screen: arithmetic only. Nothing here touches the page.

/** x0, y0, x1, y1 in pixels of the shown picture, half-open. */
export type Corners = readonly [number, number, number, number];

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the picture lies: a picture pixel (px, py) is at (px * scale + x, py * scale + y) of the stage. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export type Handle = "n" | "ne" | "e" | "se" | "s" | "sw" | "w" | "nw";
export const HANDLES: readonly Handle[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

/** No side of a box is shorter than this, in picture pixels. */
export const LEAST = 3;
/** A picture pixel is never larger than this on the screen, unless the whole picture is tiny. */
const LARGEST_PIXEL = 16;
/** At least this much can be zoomed in, also for pictures that were enlarged to fit. */
const LEAST_ZOOM = 8;
/** The picture can be pushed this far off the stage's edge, so that boxes at its border can be grasped. */
const OVERSCROLL = 48;

export const width = (box: Corners): number => box[2] - box[0];
export const height = (box: Corners): number => box[3] - box[1];

const between = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** The box inside the picture, its corners in order, no side shorter than LEAST (or the picture). */
export function tidy(box: Corners, size: Size): Corners {
  const [x0, x1] = span(Math.min(box[0], box[2]), Math.max(box[0], box[2]), size.width);
  const [y0, y1] = span(Math.min(box[1], box[3]), Math.max(box[1], box[3]), size.height);
  return [x0, y0, x1, y1];
}

function span(low: number, high: number, end: number): [number, number] {
  const least = Math.min(LEAST, end);
  let from = between(low, 0, end);
  let to = between(high, 0, end);
  if (to - from < least) {
    from = between(from, 0, end - least);
    to = from + least;
  }
  return [from, to];
}

/** The box pushed by (dx, dy); it stops at the picture's edge and keeps its size. */
export function moved(box: Corners, dx: number, dy: number, size: Size): Corners {
  const x = between(dx, -box[0], size.width - box[2]);
  const y = between(dy, -box[1], size.height - box[3]);
  return [box[0] + x, box[1] + y, box[2] + x, box[3] + y];
}

/** The box with the side or corner `handle` pushed by (dx, dy); a side does not pass the one across from it. */
export function resized(box: Corners, handle: Handle, dx: number, dy: number, size: Size): Corners {
  let [x0, y0, x1, y1] = box;
  const wide = Math.min(LEAST, size.width);
  const high = Math.min(LEAST, size.height);
  if (handle.includes("w")) x0 = between(x0 + dx, 0, x1 - wide);
  if (handle.includes("e")) x1 = between(x1 + dx, x0 + wide, size.width);
  if (handle.includes("n")) y0 = between(y0 + dy, 0, y1 - high);
  if (handle.includes("s")) y1 = between(y1 + dy, y0 + high, size.height);
  return [x0, y0, x1, y1];
}

export function contains(box: Corners, point: Point): boolean {
  return point.x >= box[0] && point.x < box[2] && point.y >= box[1] && point.y < box[3];
}

const area = (box: Corners): number => Math.max(0, width(box)) * Math.max(0, height(box));

/** Index of the smallest box that holds the point (a face inside a person's box can be reached), or -1. */
export function smallestAt(boxes: readonly Corners[], point: Point): number {
  let best = -1;
  boxes.forEach((box, at) => {
    if (contains(box, point) && (best < 0 || area(box) < area(boxes[best]!))) best = at;
  });
  return best;
}

export function overlap(a: Corners, b: Corners): number {
  const shared = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  const all = area(a) + area(b) - shared;
  return shared > 0 && all > 0 ? shared / all : 0;
}

/** For each box of `key` the index of the box of `given` that found it, or -1: best overlaps first, each used once. */
export function found(given: readonly Corners[], key: readonly Corners[], least = 0.5): number[] {
  const pairs: [number, number, number][] = [];
  key.forEach((one, k) => given.forEach((other, g) => pairs.push([overlap(one, other), k, g])));
  pairs.sort((a, b) => b[0] - a[0] || a[1] - b[1] || a[2] - b[2]);
  const of = key.map(() => -1);
  const used = new Set<number>();
  for (const [share, k, g] of pairs) {
    if (share < least || of[k] !== -1 || used.has(g)) continue;
    of[k] = g;
    used.add(g);
  }
  return of;
}

/** The whole picture in the middle of the stage. */
export function fitted(size: Size, stage: Size): View {
  const scale = Math.min(stage.width / size.width, stage.height / size.height);
  return { scale, x: (stage.width - size.width * scale) / 2, y: (stage.height - size.height * scale) / 2 };
}

/** Scale and place within their limits: never smaller than fitted, never pushed out of sight. */
export function held(view: View, size: Size, stage: Size): View {
  const least = fitted(size, stage).scale;
  const scale = between(view.scale, least, Math.max(LARGEST_PIXEL, least * LEAST_ZOOM));
  const along = (at: number, picture: number, room: number): number => {
    const long = picture * scale;
    if (long <= room + 1e-6) return (room - long) / 2;
    return between(at, room - long - OVERSCROLL, OVERSCROLL);
  };
  return { scale, x: along(view.x, size.width, stage.width), y: along(view.y, size.height, stage.height) };
}

/** Zoomed by `factor`; what was at `point` of the stage stays there, as far as the limits allow. */
export function zoomed(view: View, factor: number, point: Point, size: Size, stage: Size): View {
  const limit = held({ ...view, scale: view.scale * factor }, size, stage).scale;
  const ratio = limit / view.scale;
  const next = { scale: limit, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
  return held(next, size, stage);
}

/** The view in which the box takes `share` of the stage, in its middle. */
export function around(box: Corners, share: number, size: Size, stage: Size): View {
  const wanted = Math.min((stage.width * share) / width(box), (stage.height * share) / height(box));
  const scale = held({ scale: wanted, x: 0, y: 0 }, size, stage).scale;
  const x = stage.width / 2 - ((box[0] + box[2]) / 2) * scale;
  const y = stage.height / 2 - ((box[1] + box[3]) / 2) * scale;
  return held({ scale, x, y }, size, stage);
}

export const toPicture = (point: Point, view: View): Point => ({
  x: (point.x - view.x) / view.scale,
  y: (point.y - view.y) / view.scale,
});

export const toStage = (box: Corners, view: View): Corners => [
  box[0] * view.scale + view.x,
  box[1] * view.scale + view.y,
  box[2] * view.scale + view.x,
  box[3] * view.scale + view.y,
];

/** The part of the picture that can be seen, as a box. */
export function seen(view: View, size: Size, stage: Size): Corners {
  const from = toPicture({ x: 0, y: 0 }, view);
  const to = toPicture({ x: stage.width, y: stage.height }, view);
  return tidy([from.x, from.y, to.x, to.y], size);
}

/** Numbers as they are sent: a hundredth of a pixel is more than anybody can point at. */
export const rounded = (box: Corners): Corners =>
  box.map((side) => Math.round(side * 100) / 100) as unknown as Corners;
