/** Letters and digits that nobody mistakes for one another when a password is read aloud or copied from paper. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

/** A fresh password to hand to somebody: three groups of four, some 59 bits. */
export function freshPassword(): string {
  const drawn = Array.from(crypto.getRandomValues(new Uint32Array(12)), (one) => LETTERS.charAt(one % LETTERS.length))
  return [0, 4, 8].map((at) => drawn.slice(at, at + 4).join("")).join("-")
}

export const SHORTEST = 8
