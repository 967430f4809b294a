import { expect, it } from "vitest";
import { History } from "../src/history";

it("goes back and forth over every state", () => {
  const history = new History(0);
  for (let n = 1; n <= 5; n++) history.set(n);
  const back: number[] = [];
  while (history.undo()) back.push(history.now);
  expect(back).toEqual([4, 3, 2, 1, 0]);
  const forth: number[] = [];
  while (history.redo()) forth.push(history.now);
  expect(forth).toEqual([1, 2, 3, 4, 5]);
});

it("undoes steps of one tag in a row as one", () => {
  const history = new History("start");
  for (const step of ["a", "b", "c"]) history.set(step, "move 1");
  history.set("d", "move 2");
  history.undo();
  expect(history.now).toBe("c");
  history.undo();
  expect(history.now).toBe("start");
});

it("sealed, or after an undo, the same tag is a new step", () => {
  const history = new History(0);
  history.set(1, "t");
  history.seal();
  history.set(2, "t");
  history.undo();
  expect(history.now).toBe(1);
  history.set(3, "t");
  history.undo();
  expect(history.now).toBe(1);
});

it("forgets what was undone when something new is done", () => {
  const history = new History(0);
  history.set(1);
  history.undo();
  history.set(2);
  expect(history.canRedo).toBe(false);
  expect(history.redo()).toBe(false);
  expect(history.now).toBe(2);
});

it("says no where there is nothing", () => {
  const history = new History(0);
  expect([history.canUndo, history.undo(), history.redo()]).toEqual([false, false, false]);
});

it("keeps no more than 500 steps", () => {
  const history = new History(0);
  for (let n = 1; n <= 700; n++) history.set(n);
  let steps = 0;
  while (history.undo()) steps++;
  expect(steps).toBe(500);
  expect(history.now).toBe(200);
});
