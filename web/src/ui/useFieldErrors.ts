import { nextTick, ref } from "vue"
import { useI18n } from "vue-i18n"
import type { Problem } from "@/api/problem"
import { problemText } from "./useProblem"

export interface Limit {
  readonly min?: number
  readonly max?: number
}

/** What is wrong with the fields of a form, each in words beside its field. */
export function useFieldErrors<F extends string>(fields: readonly F[]) {
  const { locale } = useI18n()
  const errors = ref<Partial<Record<F, string>>>({})
  const words = (code: string, params: Record<string, unknown>, detail = "") =>
    problemText({ code, params, detail }, locale.value)

  /** Goes to the first field that something is wrong with; its element has the id `field-` and the field's name. */
  async function focusFirst(): Promise<void> {
    await nextTick()
    const first = fields.find((field) => errors.value[field])
    const place = first ? document.getElementById(`field-${first}`) : null
    const inner = place?.querySelector<HTMLElement>("input, textarea, select, button")
    place?.scrollIntoView({ block: "center" })
    inner?.focus({ preventScroll: true })
  }

  /** Shows what a refusal says of each field beside it; tells whether all of it has found its field. */
  function showErrors(problem: Problem): boolean {
    const found: Partial<Record<F, string>> = {}
    let placed = problem.errors.length > 0
    for (const error of problem.errors) {
      const field = fields.find((one) => error.path === `body.${one}`)
      if (field) found[field] ??= words(error.code, error.params ?? {}, error.message)
      else placed = false
    }
    errors.value = found
    void focusFirst()
    return placed
  }

  function checkNumber(field: F, value: number | null | undefined, limit: Limit): void {
    if (value === null || value === undefined) errors.value[field] = words("missing", {})
    else if (limit.max !== undefined && value > limit.max)
      errors.value[field] = words("less_than_equal", { le: limit.max })
    else if (limit.min !== undefined && value < limit.min)
      errors.value[field] = words("greater_than_equal", { ge: limit.min })
  }

  return { errors, words, showErrors, checkNumber, focusFirst }
}
