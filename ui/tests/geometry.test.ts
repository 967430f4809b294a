import { describe, expect, it } from "vitest";
import {
  HANDLES, LEAST, around, fitted, found, held, height, moved, overlap, resized, rounded, seen, smallestAt, tidy, toPicture, toStage, width,
  zoomed,
} from "../src/geometry";
import type { Corners, Point, Size } from "../src/geometry";

/** Numbers by chance that are the same in every run (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function cases(): { size: Size; stage: Size; box: Corners; by: Point; next: () => number }[] {
  return Array.from({ length: 400 }, (_, seed) => {
    const next = chance(seed);
    const size = { width: 1 + Math.floor(next() * 900), height: 1 + Math.floor(next() * 900) };
    const stage = { width: 50 + next() * 1200, height: 50 + next() * 900 };
    const box = tidy([next(), next(), next(), next()].map((at, k) => at * (k % 2 ? size.height : size.width)) as unknown as Corners, size);
    return { size, stage, box, by: { x: (next() - 0.5) * 2000, y: (next() - 0.5) * 2000 }, next };
  });
}

function inside(box: Corners, size: Size): void {
  expect(box[0]).toBeGreaterThanOrEqual(0);
  expect(box[1]).toBeGreaterThanOrEqual(0);
  expect(box[2]).toBeLessThanOrEqual(size.width + 1e-9);
  expect(box[3]).toBeLessThanOrEqual(size.height + 1e-9);
  expect(width(box)).toBeGreaterThanOrEqual(Math.min(LEAST, size.width) - 1e-9);
  expect(height(box)).toBeGreaterThanOrEqual(Math.min(LEAST, size.height) - 1e-9);
}

describe("boxes", () => {
  it("stay inside the picture and keep their least size, whatever is done to them", () => {
    for (const { size, box, by, next } of cases()) {
      inside(box, size);
      inside(moved(box, by.x, by.y, size), size);
      inside(resized(box, HANDLES[Math.floor(next() * 8)]!, by.x, by.y, size), size);
    }
  });

  it("keep their size when they are moved", () => {
    for (const { size, box, by } of cases()) {
      const there = moved(box, by.x, by.y, size);
      expect(width(there)).toBeCloseTo(width(box), 9);
      expect(height(there)).toBeCloseTo(height(box), 9);
    }
  });

  it("move only the sides that the handle names", () => {
    const box: Corners = [20, 30, 60, 80];
    const size = { width: 100, height: 100 };
    expect(resized(box, "se", 5, -7, size)).toEqual([20, 30, 65, 73]);
    expect(resized(box, "nw", 5, -7, size)).toEqual([25, 23, 60, 80]);
    expect(resized(box, "n", 5, -7, size)).toEqual([20, 23, 60, 80]);
    expect(resized(box, "e", 500, 500, size)).toEqual([20, 30, 100, 80]);
    expect(resized(box, "w", 500, 0, size)).toEqual([60 - LEAST, 30, 60, 80]);
  });

  it("drawn backwards are turned round", () => {
    expect(tidy([50, 60, 10, 20], { width: 100, height: 100 })).toEqual([10, 20, 50, 60]);
  });

  it("are found by the smallest that holds the point", () => {
    const boxes: Corners[] = [[0, 0, 100, 100], [10, 10, 30, 30], [12, 12, 60, 60]];
    expect(smallestAt(boxes, { x: 15, y: 15 })).toBe(1);
    expect(smallestAt(boxes, { x: 40, y: 40 })).toBe(2);
    expect(smallestAt(boxes, { x: 90, y: 5 })).toBe(0);
    expect(smallestAt(boxes, { x: 100, y: 5 })).toBe(-1);
  });

  it("overlap as counting pixels says", () => {
    const next = chance(1);
    for (let round = 0; round < 60; round++) {
      const [a, b] = [0, 1].map(() => tidy([next(), next(), next(), next()].map((at) => Math.floor(at * 24)) as unknown as Corners, { width: 24, height: 24 }));
      let both = 0;
      let either = 0;
      for (let y = 0; y < 24; y++) {
        for (let x = 0; x < 24; x++) {
          const [inA, inB] = [a!, b!].map((box) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3]);
          both += Number(inA && inB);
          either += Number(inA || inB);
        }
      }
      expect(overlap(a!, b!)).toBeCloseTo(both / either, 12);
    }
  });

  it("match each box of a key at most once, best first", () => {
    const key: Corners[] = [[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]];
    expect(found([[2, 0, 12, 10]], key)).toEqual([-1, 0, -1]);
    expect(found([[2, 0, 12, 10], [0, 0, 10, 10]], key)).toEqual([1, 0, -1]);
    expect(found([], key)).toEqual([-1, -1, -1]);
  });

  it("are sent with two digits", () => {
    expect(rounded([1.23456, 2, 3.999, 4.004])).toEqual([1.23, 2, 4, 4]);
  });
});

describe("the view", () => {
  it("shows the whole picture in the middle", () => {
    for (const { size, stage } of cases()) {
      const [x0, y0, x1, y1] = toStage([0, 0, size.width, size.height], fitted(size, stage));
      expect(x0 + x1).toBeCloseTo(stage.width, 6);
      expect(y0 + y1).toBeCloseTo(stage.height, 6);
      expect(Math.min(x0, y0)).toBeGreaterThanOrEqual(-1e-6);
    }
  });

  it("keeps the pixel under the pointer where the limits allow it", () => {
    const size = { width: 400, height: 300 };
    const stage = { width: 800, height: 600 };
    const before = zoomed(fitted(size, stage), 3, { x: 400, y: 300 }, size, stage);
    const at = { x: 410, y: 280 };
    const pixel = toPicture(at, before);
    const after = toPicture(at, zoomed(before, 1.4, at, size, stage));
    expect(after.x).toBeCloseTo(pixel.x, 9);
    expect(after.y).toBeCloseTo(pixel.y, 9);
  });

  it("stays where it is when it can be zoomed no further", () => {
    const size = { width: 400, height: 300 };
    const stage = { width: 800, height: 600 };
    const nearest = zoomed(fitted(size, stage), 1000, { x: 300, y: 200 }, size, stage);
    expect(zoomed(nearest, 3, { x: 10, y: 590 }, size, stage)).toEqual(nearest);
    const all = fitted(size, stage);
    expect(zoomed(all, 0.2, { x: 10, y: 590 }, size, stage)).toEqual(all);
  });

  it("never loses the picture, and never shrinks it below fitted", () => {
    for (const { size, stage, by, next } of cases()) {
      const view = held({ scale: next() * 50, x: by.x * 9, y: by.y * 9 }, size, stage);
      expect(view.scale).toBeGreaterThanOrEqual(fitted(size, stage).scale - 1e-9);
      const [x0, y0, x1, y1] = toStage([0, 0, size.width, size.height], view);
      expect(x1).toBeGreaterThan(0);
      expect(y1).toBeGreaterThan(0);
      expect(x0).toBeLessThan(stage.width);
      expect(y0).toBeLessThan(stage.height);
      expect(held(view, size, stage)).toEqual(view);
    }
  });

  it("turns points of the stage to pixels and back", () => {
    for (const { size, stage, box } of cases()) {
      const view = zoomed(fitted(size, stage), 2.5, { x: 10, y: 10 }, size, stage);
      const [x0, y0] = toStage(box, view);
      const back = toPicture({ x: x0, y: y0 }, view);
      expect(back.x).toBeCloseTo(box[0], 6);
      expect(back.y).toBeCloseTo(box[1], 6);
    }
  });

  it("brings a box into the middle", () => {
    const size = { width: 1000, height: 1000 };
    const stage = { width: 500, height: 500 };
    const view = around([480, 480, 520, 520], 0.5, size, stage);
    expect(toStage([480, 480, 520, 520], view).map(Math.round)).toEqual([125, 125, 375, 375]);
    expect(seen(view, size, stage).map(Math.round)).toEqual([460, 460, 540, 540]);
  });
});
