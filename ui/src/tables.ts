// Aggregates as the server gives them, shown without knowing each field: words, numbers, lists and tables.

import { h } from "./dom";

export type Row = Record<string, unknown>;

/** "median_seconds" → "Median seconds". */
export const named = (field: string): string => {
  const words = field.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);

/** A number with at most three digits after the point, an interval as "low – high", a time as the reader writes it. */
export function plain(value: unknown, field = ""): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    if (isTime(field, value)) return new Date(value * 1000).toLocaleString();
    return Number.isInteger(value) ? value.toLocaleString("en") : value.toLocaleString("en", { maximumFractionDigits: 3 });
  }
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.map((one) => plain(one)).join(", ");
  if (isRow(value)) {
    if (typeof value["low"] === "number" && typeof value["high"] === "number") {
      const middle = typeof value["mean"] === "number" ? `${plain(value["mean"])} ` : "";
      return `${middle}(${plain(value["low"])} – ${plain(value["high"])})`;
    }
    return Object.entries(value).map(([name, one]) => `${named(name)}: ${plain(one, name)}`).join("; ");
  }
  return String(value);
}

const TIMES = new Set(["at", "since", "expires", "created_at", "consented_at", "settled_at", "taken_at", "revoked_at", "created", "revoked"]);
const isFigure = (field: string, value: unknown): boolean => typeof value === "number" && !isTime(field, value);
const isTime = (field: string, value: number): boolean => TIMES.has(field) && value > 1e9;

/** A table of rows; a wide one scrolls by itself. `cells` adds a last column. */
export function table(caption: string, rows: readonly Row[], columns: readonly string[], cells?: (row: Row) => Node | null): HTMLElement {
  if (rows.length === 0) return h("p", { class: "none" }, `${caption}: none yet.`);
  const numbers = new Set(columns.filter((column) => rows.some((row) => isFigure(column, row[column]))));
  const head = columns.map((column) => h("th", { scope: "col", class: numbers.has(column) ? "number" : null }, named(column)));
  if (cells) head.push(h("th", { scope: "col" }, "Do"));
  const body = rows.map((row) => {
    const parts = columns.map((column, at) => {
      const text = plain(row[column], column);
      return at === 0 ? h("th", { scope: "row" }, text) : h("td", { class: numbers.has(column) ? "number" : null }, text);
    });
    if (cells) parts.push(h("td", {}, cells(row)));
    return h("tr", {}, ...parts);
  });
  return h(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body)),
  );
}

/** The fields that occur in the rows, in the order in which they first do, but for `without`. */
export function fieldsOf(rows: readonly Row[], without: readonly string[] = []): string[] {
  const fields = new Set<string>();
  for (const row of rows) for (const field of Object.keys(row)) fields.add(field);
  return [...fields].filter((field) => !without.includes(field));
}

/** Everything of an object: scalars as a list of terms, lists of objects as tables, objects as sections. */
export function aggregate(of: Row, level: 2 | 3 | 4 = 3): HTMLElement {
  const parts = h("div", { class: "aggregate" });
  const list = h("dl", {});
  for (const [field, value] of Object.entries(of)) {
    const interval = isRow(value) && "low" in value && "high" in value;
    if (Array.isArray(value) && value.length > 0 && value.every(isRow)) parts.append(table(named(field), value, fieldsOf(value)));
    else if (isRow(value) && !interval && Object.keys(value).length > 0) {
      parts.append(h("section", {}, h(`h${level}`, {}, named(field)), aggregate(value, level === 2 ? 3 : 4)));
    } else list.append(h("div", {}, h("dt", {}, named(field)), h("dd", {}, plain(value, field))));
  }
  if (list.childElementCount > 0) parts.prepend(list);
  return parts;
}
