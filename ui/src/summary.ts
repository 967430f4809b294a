// How a review goes, in figures: for maintainers and auditors.

import { h } from "./dom";
import { aggregate, isRow, named, plain, table } from "./tables";
import type { Row } from "./tables";

const STATES = ["waiting", "open", "settled", "pruned", "withdrawn"];

export function progressOf(summary: Row): HTMLElement {
  const { questions, settings: _, people, trust, currency, hourly_pay, ...rest } = summary;
  const figures: Row = { ...rest };
  if (typeof hourly_pay === "number") figures[`hourly_pay${currency ? ` (${plain(currency)})` : ""}`] = hourly_pay;
  return h(
    "div",
    { class: "pages" },
    h("section", { class: "card" }, h("h2", {}, "So far"), aggregate(figures)),
    Array.isArray(questions) ? pivot(questions.filter(isRow)) : null,
    isRow(people) ? h("section", { class: "card" }, h("h2", {}, "People"), aggregate(people)) : null,
    isRow(trust) ? h("section", { class: "card" }, h("h2", {}, "Trust, against the bar"), aggregate(bars(trust))) : null,
  );
}

const bars = (trust: Row): Row => ({
  "Above for certain": trust["above"] ?? 0,
  "Not known yet": trust["across"] ?? 0,
  "Below for certain": trust["below"] ?? 0,
});

/** One row a kind and thing, one column a state. */
function pivot(rows: readonly Row[]): HTMLElement {
  const made = new Map<string, Row>();
  for (const row of rows) {
    const key = JSON.stringify([row["kind"], row["thing"]]);
    const one = made.get(key) ?? { kind: row["kind"], thing: row["thing"], all: 0 };
    const count = typeof row["questions"] === "number" ? row["questions"] : 0;
    const state = String(row["state"]);
    one[state] = Number(one[state] ?? 0) + count;
    one["all"] = Number(one["all"]) + count;
    made.set(key, one);
  }
  const used = STATES.filter((state) => [...made.values()].some((row) => state in row));
  const filled = [...made.values()].map((row) => ({ ...Object.fromEntries(used.map((state) => [state, 0])), ...row }));
  return table(named("questions"), filled, ["kind", "thing", ...used, "all"]);
}
