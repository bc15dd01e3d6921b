import { shallowRef } from "vue"
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router"
import type { Role } from "@/api/types"
import { has, homePath, knowSession, me } from "./session"
import { i18n } from "./i18n"
import { hushToasts, say } from "@/ui/toast"

declare module "vue-router" {
  interface RouteMeta {
    /** Key of the page's title under `titles`. */
    title?: string
    open?: boolean
    roles?: Role[]
  }
}

const STAFF: Role[] = ["desk", "secretary", "counsellor", "logistics", "admin", "leader", "sealed_reader"]
const LEDGER: Role[] = ["desk", "secretary", "counsellor", "leader", "admin"]
const ORGANISERS: Role[] = ["desk", "secretary", "counsellor", "admin"]
const OUTSIDE: Role[] = ["desk", "logistics", "admin"]
const CODERS: Role[] = ["desk", "secretary", "admin"]

const phone: RouteRecordRaw = {
  path: "/m",
  component: () => import("./PhoneShell.vue"),
  children: [
    { path: "", component: () => import("@/features/requests/MyRequests.vue"), meta: { title: "myRequests" } },
    { path: "file", component: () => import("@/features/requests/FileRequest.vue"), meta: { title: "file" } },
    {
      path: "requests/:id",
      component: () => import("@/features/requests/MyRequest.vue"),
      props: true,
      meta: { title: "request" },
    },
    { path: "wall", component: () => import("@/features/requests/Wall.vue"), meta: { title: "wall" } },
    {
      path: "activities",
      component: () => import("@/features/activities/Programme.vue"),
      meta: { title: "activities" },
    },
    {
      path: "activities/:id",
      component: () => import("@/features/activities/ActivityPage.vue"),
      props: true,
      meta: { title: "activity" },
    },
    {
      path: "legs",
      component: () => import("@/features/requests/MyLegs.vue"),
      meta: { title: "legs", roles: ["helper"] },
    },
    { path: "me", component: () => import("@/features/members/Myself.vue"), meta: { title: "me" } },
    {
      path: "password",
      component: () => import("@/features/members/ChangePassword.vue"),
      props: { back: "/m/me" },
      meta: { title: "password" },
    },
  ],
}

const desk: RouteRecordRaw = {
  path: "/desk",
  component: () => import("./DeskShell.vue"),
  meta: { roles: STAFF },
  children: [
    { path: "", redirect: () => homePath() },
    { path: "queue", component: () => import("@/features/requests/Queue.vue"), meta: { title: "queue" } },
    {
      path: "outside-news",
      component: () => import("@/features/requests/OutsideNews.vue"),
      meta: { title: "outsideNews", roles: OUTSIDE },
    },
    {
      path: "requests/:id",
      component: () => import("@/features/requests/DeskRequest.vue"),
      props: true,
      meta: { title: "request" },
    },
    {
      path: "file",
      component: () => import("@/features/requests/FileForSomebody.vue"),
      meta: { title: "fileFor", roles: ["desk", "admin"] },
    },
    {
      path: "activities",
      component: () => import("@/features/activities/Plans.vue"),
      meta: { title: "plans", roles: ORGANISERS },
    },
    {
      path: "activities/:id",
      component: () => import("@/features/activities/PlanPage.vue"),
      props: true,
      meta: { title: "activity", roles: ORGANISERS },
    },
    {
      path: "people",
      component: () => import("@/features/members/People.vue"),
      meta: { title: "people", roles: LEDGER },
    },
    {
      path: "people/:id",
      component: () => import("@/features/members/PersonPage.vue"),
      props: true,
      meta: { title: "person", roles: LEDGER },
    },
    {
      path: "password",
      component: () => import("@/features/members/ChangePassword.vue"),
      props: { back: "/desk" },
      meta: { title: "password" },
    },
    {
      path: "organisation",
      component: () => import("@/features/members/Organisation.vue"),
      meta: { title: "organisation", roles: LEDGER },
    },
    {
      path: "room-codes",
      component: () => import("@/features/members/RoomCodes.vue"),
      meta: { title: "roomCodes", roles: CODERS },
    },
    {
      path: "operations",
      component: () => import("@/features/operations/Operations.vue"),
      meta: { title: "operations", roles: ["admin"] },
    },
    {
      path: "imports",
      component: () => import("@/features/members/Imports.vue"),
      meta: { title: "imports", roles: ["admin"] },
    },
  ],
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", redirect: () => (me.value ? homePath() : "/signin") },
    {
      path: "/signin",
      component: () => import("@/features/members/SignIn.vue"),
      meta: { title: "signIn", open: true },
    },
    phone,
    desk,
    {
      path: "/screen",
      component: () => import("@/features/reporting/Screen.vue"),
      meta: { title: "screen", roles: ["leader", "secretary", "counsellor", "desk", "admin"] },
    },
    { path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { title: "notFound", open: true } },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  await knowSession()
  if (to.path === "/signin" && me.value) return homePath()
  if (to.meta.open) return true
  if (!me.value) return { path: "/signin", query: to.fullPath === "/" ? {} : { then: to.fullPath } }
  const shut = to.matched.some((record) => record.meta.roles && !has(...record.meta.roles))
  return shut ? homePath() : true
})

export function nameDocument(): void {
  const title = router.currentRoute.value.meta.title
  const { t } = i18n.global
  document.title = title ? `${t(`titles.${title}`)} · ${t("brand")}` : t("brand")
}
router.afterEach((to, from, failure) => {
  if (failure) return
  nameDocument()
  // Which look a page has at night: phones go dark, the desk and the wall do not.
  document.documentElement.dataset["shell"] = to.path.startsWith("/m") || to.path === "/signin" ? "phone" : "desk"
  unreachable.value = null
  if (to.path !== from.path) hushToasts()
})

/** The page that could not be fetched, when it is the first one and nothing else is there to be seen. */
export const unreachable = shallowRef<string | null>(null)
const RENEWED = "yizhan.renewed"

// A page whose parts cannot be fetched: the network is away, or this page is of a release that is gone.
router.onError((_error, to) => {
  if (navigator.onLine && sessionStorage.getItem(RENEWED) !== to.fullPath) {
    sessionStorage.setItem(RENEWED, to.fullPath)
    location.assign(to.fullPath)
  } else if (router.currentRoute.value.matched.length === 0) unreachable.value = to.fullPath
  else say(i18n.global.t("unreachable.text"), "bad")
})
/** Tries again to open the page that could not be fetched. */
export const openAgain = (): void => {
  location.reload()
}
