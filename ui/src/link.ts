// What a link carries: `https://HOST/#k=TOKEN`, and any other field in the query or the fragment.

export interface Link {
  readonly token: string;
  readonly fields: Record<string, string>;
}

const MOST_FIELDS = 20;
const LONGEST = 300;

/** The token and the other fields of an address; null where there is no token. */
export function linked(query: string, fragment: string): Link | null {
  const fields: Record<string, string> = {};
  for (const part of [query.replace(/^\?/, ""), fragment.replace(/^#/, "")]) {
    for (const [name, value] of new URLSearchParams(part)) {
      if (Object.keys(fields).length < MOST_FIELDS && name.length <= LONGEST && value.length <= LONGEST) fields[name] = value;
    }
  }
  // the token counts in the fragment only: a query travels to servers and into their logs
  const token = new URLSearchParams(fragment.replace(/^#/, "")).get("k");
  delete fields["k"];
  return token === null || token === "" ? null : { token, fields };
}
