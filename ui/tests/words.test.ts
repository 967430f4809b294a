// @ts-expect-error: vite gives the file's text
import toml from "../../src/overpaint/review/questions.toml?raw";
import { expect, it } from "vitest";
import { linked } from "../src/link";
import { blurs } from "../src/prefs";
import type { Prefs } from "../src/prefs";
import { DRAWN } from "../src/drawings";
import { told } from "../src/marks";
import { spoken } from "../src/drawn";
import { fieldsOf, named, plain } from "../src/tables";

it("every drawing that a question names is there, and none besides", () => {
  const wanted = new Set([...(toml as string).matchAll(/drawing = "([^"]+)"/g)].map((match) => match[1]));
  expect([...wanted].sort()).toEqual([...DRAWN].sort());
});

it("a link gives its token and its other fields, the token by the fragment only", () => {
  expect(linked("", "#k=abc")).toEqual({ token: "abc", fields: {} });
  expect(linked("?PROLIFIC_PID=p1", "#k=abc&STUDY_ID=s%201")).toEqual({ token: "abc", fields: { PROLIFIC_PID: "p1", STUDY_ID: "s 1" } });
  for (const [query, fragment] of [["", ""], ["?k=abc", ""], ["", "#k="], ["", "#other"]]) expect(linked(query!, fragment!)).toBeNull();
  const many = Array.from({ length: 90 }, (_, n) => `f${n}=1`).join("&");
  expect(Object.keys(linked("", `#k=a&${many}`)!.fields).length).toBeLessThan(33);
});

it("blurs as chosen, else as the review says, else what comes with a warning", () => {
  const prefs: Prefs = { blur: null, gentle: false, keys: true, warned: false, read: [] };
  expect([blurs(prefs, false, false), blurs(prefs, true, false), blurs(prefs, false, true)]).toEqual([false, true, true]);
  expect(blurs({ ...prefs, blur: "none" }, true, true)).toBe(false);
  expect(blurs({ ...prefs, blur: "all" }, false, false)).toBe(true);
  expect(blurs({ ...prefs, blur: "warned" }, false, true)).toBe(false);
});

it("feedback tells found, missed and too much apart in words", () => {
  const marks = told([{ box: [0, 0, 10, 10] }, { box: [50, 50, 60, 60] }], [{ box: [1, 0, 11, 10] }, { box: [80, 80, 90, 90] }]);
  expect(marks.map((mark) => [mark.look, mark.tag])).toEqual([["fixed", "found"], ["extra", "not one"], ["missed", "missed"]]);
});

it("a box is said in words", () => {
  expect(spoken([10.2, 20.4, 50.1, 80], 2, 5)).toBe("box 2 of 5, 40 by 60 pixels, 10 from the left, 20 from the top");
});

it("aggregates are said plainly", () => {
  expect(named("median_seconds")).toBe("Median seconds");
  expect([plain(null), plain(true), plain(0.123456), plain(1234567), plain([])]).toEqual(["–", "yes", "0.123", "1,234,567", "–"]);
  expect(plain({ mean: 0.9, low: 0.8, high: 0.95 })).toBe("0.9 (0.8 – 0.95)");
  expect(plain(1.8e9, "expires")).toMatch(/2027/);
  expect(fieldsOf([{ a: 1 }, { b: 2, a: 3, id: 4 }], ["id"])).toEqual(["a", "b"]);
});
