import { newIdempotencyKey } from "@/api/idempotencyKey"
import { asProblem } from "@/api/problem"

/**
 * The idempotency key of a form: the same until it was filed, so that a form whose answer was lost meets itself. A key
 * that turns out to be used for other words is replaced; the words stay, and may be sent as something new.
 */
export function useIdempotencyKey() {
  let key = newIdempotencyKey()
  return {
    key: () => key,
    refused: (thrown: unknown): void => {
      if (asProblem(thrown).code === "http.idempotency_key_reused") key = newIdempotencyKey()
    },
  }
}
