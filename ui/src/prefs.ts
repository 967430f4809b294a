// What somebody has chosen for this tab; nothing in it says who they are or what they saw.

export type Blur = "all" | "warned" | "none";

export interface Prefs {
  /** Which pictures are blurred until held; null: as the review's settings say. */
  blur: Blur | null;
  /** No pictures that come with a warning. */
  gentle: boolean;
  /** One key does something without a modifier. */
  keys: boolean;
  /** The warning was read. */
  warned: boolean;
  /** Kinds whose instructions were read. */
  read: string[];
}

const KEY = "overpaint.prefs";

export function load(): Prefs {
  const first: Prefs = { blur: null, gentle: false, keys: true, warned: false, read: [] };
  try {
    return { ...first, ...(JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Prefs>) };
  } catch {
    return first;
  }
}

export function save(prefs: Prefs): void {
  sessionStorage.setItem(KEY, JSON.stringify(prefs));
}

/** Whether this picture is blurred until held. */
export function blurs(prefs: Prefs, sensitive: boolean, setting: boolean): boolean {
  const blur = prefs.blur ?? (setting ? "all" : "warned");
  return blur === "all" || (blur === "warned" && sensitive);
}
