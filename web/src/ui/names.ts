import { computed, reactive } from "vue"
import { useI18n } from "vue-i18n"
import { categories as askCategories } from "@/api/requests"
import { namesOf, placesIn } from "@/api/members"
import type { Category, Place } from "@/api/types"
import { isolated, placeText } from "./format"

const KEPT = "yizhan.known"
/** Stands among the places that somebody works for, and for all of them. */
export const EVERYWHERE = "*"
const known = reactive({
  people: {} as Record<string, string>,
  places: {} as Record<string, string>,
  placesEn: {} as Record<string, string>,
  buildings: [] as Place[],
  categories: [] as Category[],
})

try {
  Object.assign(known, JSON.parse(localStorage.getItem(KEPT) ?? "{}"))
} catch {
  localStorage.removeItem(KEPT)
}
function remember(): void {
  const { buildings, categories, places, placesEn } = known
  localStorage.setItem(KEPT, JSON.stringify({ buildings, categories, places, placesEn, people: {} }))
}

export function learnPlaces(items: readonly Place[]): void {
  for (const place of items) {
    known.places[place.id] = place.name
    if (place.name_en) known.placesEn[place.id] = place.name_en
  }
}

let asked: Promise<void> | null = null
/** Loads buildings and categories once (again after a failure); what was known before is there at once. */
export function loadBasics(): Promise<void> {
  asked ??= Promise.all([placesIn({ type: "building" }), placesIn({ type: "venue" }), askCategories()])
    .then(([buildings, venues, categories]) => {
      known.buildings = buildings.items
      known.categories = categories.items
      learnPlaces([...buildings.items, ...venues.items])
      remember()
    })
    .catch((thrown: unknown) => {
      asked = null
      throw thrown
    })
  return asked
}

/** Who has to do with whom is learnt a moment after it happens: a name that is not told yet is asked for again. */
const AGAIN_AFTER = [2_000, 6_000, 20_000]
const LATER = 60_000
const wanted = new Set<string>()
let soon: ReturnType<typeof setTimeout> | null = null
const asking = new Set<string>()
const tries = new Map<string, number>()
let whose = 0

function want(id: string): void {
  wanted.add(id)
  soon ??= setTimeout(() => void askNames(), 20)
}

async function askNames(): Promise<void> {
  soon = null
  const asker = whose
  const ids = [...wanted].slice(0, 200)
  for (const id of ids) {
    wanted.delete(id)
    asking.add(id)
  }
  if (wanted.size > 0) soon = setTimeout(() => void askNames(), 0)
  try {
    const { names } = await namesOf(ids)
    if (asker !== whose) return
    Object.assign(known.people, names)
    for (const id of ids) if (names[id] === undefined) askAgain(id, asker)
  } catch {
    // The id stays unnamed; the next page that shows it asks again.
    for (const id of ids) asking.delete(id)
  }
}

function askAgain(id: string, asker: number): void {
  const tried = tries.get(id) ?? 0
  tries.set(id, tried + 1)
  const pause = AGAIN_AFTER[tried]
  setTimeout(() => {
    if (asker !== whose) return
    if (pause === undefined) asking.delete(id)
    else want(id)
  }, pause ?? LATER)
}

/** Forgets every name: somebody else may not see those that were shown here. */
export function forgetNames(): void {
  whose += 1
  known.people = {}
  wanted.clear()
  asking.clear()
  tries.clear()
}

/** The name of a person, or "" until it is known; unknown ids are asked for together. */
export function personName(id: string | null | undefined): string {
  if (!id) return ""
  const name = known.people[id]
  if (name === undefined && !asking.has(id)) want(id)
  return name === undefined ? "" : isolated(name)
}

export function useNames() {
  const { t, locale } = useI18n()
  void loadBasics().catch(() => undefined)
  const english = computed(() => locale.value === "en")
  return {
    buildings: computed(() => known.buildings),
    categories: computed(() => known.categories),
    person: personName,
    place: (id: string | null | undefined) =>
      id === EVERYWHERE
        ? t("person.everywhere")
        : placeText(id, english.value ? { ...known.places, ...known.placesEn } : known.places, locale.value),
    placeName: (place: Place) => (english.value ? (place.name_en ?? place.name) : place.name),
    categoryName: (id: string) => {
      const found = known.categories.find((category) => category.id === id)
      return found ? (english.value ? found.name_en : found.name_zh) : id
    },
    category: (id: string) => known.categories.find((category) => category.id === id) ?? null,
  }
}
