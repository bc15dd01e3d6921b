import { reactive, watch } from "vue"
import { newKey } from "@/api/key"

export interface Draft {
  key: string
  category: string
  title: string
  text: string
  place: string | null
  urgent: boolean
}

const at = (owner: string) => `yizhan.draft.${owner}`
const empty = (place: string | null): Draft => ({ key: newKey(), category: "", title: "", text: "", place, urgent: false })

function left(owner: string): Partial<Draft> {
  try {
    return JSON.parse(localStorage.getItem(at(owner)) ?? "{}") as Partial<Draft>
  } catch {
    return {}
  }
}

/** The form as it was left. Its key stays the same, whatever happens on the way, until `done` says that it was filed. */
export function useDraft(owner: string, place: string | null) {
  const draft = reactive<Draft>({ ...empty(place), ...left(owner) })
  watch(draft, () => { localStorage.setItem(at(owner), JSON.stringify(draft)) }, { flush: "sync" })
  localStorage.setItem(at(owner), JSON.stringify(draft))
  const done = () => {
    Object.assign(draft, empty(place))
    localStorage.removeItem(at(owner))
  }
  return { draft, done }
}
