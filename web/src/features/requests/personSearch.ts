const SHORTEST_ACCOUNT = 6
const NUMBER = /^\d{4}-/

/** Tells whether typed words may name a person: a name, or an account; not a room, a place's id or a request's number. */
export function mayName(words: string): boolean {
  if (words === "" || words.includes(".") || NUMBER.test(words)) return false
  return !/\d/.test(words) || words.length >= SHORTEST_ACCOUNT
}
