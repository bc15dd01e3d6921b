/** A fresh idempotency key: 128 random bits in hexadecimal. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/**
 * The key of a form's command: the same words keep their key, so that a command whose answer was lost is given once;
 * other words, or a form that was opened anew, are another command.
 */
export function formIdempotencyKey(): { of: (said: unknown) => string; forget: () => void } {
  let words = ""
  let key = ""
  return {
    of(said) {
      const now = JSON.stringify(said)
      if (key === "" || now !== words) key = newIdempotencyKey()
      words = now
      return key
    },
    forget() {
      key = ""
    },
  }
}
