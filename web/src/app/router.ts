import { shallowRef } from "vue"
import { createRouter, createWebHistory, type RouteMeta, type RouteRecordRaw } from "vue-router"
import type { access } from "@/api/generated/access"
import type { Role } from "@/api/types"
import { hasRole, homePath, loadSession, mayCall, me } from "./session"
import { i18n } from "./i18n"
import type { IconName } from "@/ui/icons"
import { clearToasts, showToast } from "@/ui/toast"

declare module "vue-router" {
  interface RouteMeta {
    /** Key of the page's title under `titles`. */
    title?: string
    /** For everybody, also without signing in. */
    open?: boolean
    /** The call without which the page is of no use: whom the service lets make it, may open the page. */
    needs?: keyof typeof access
    /** Where it does not follow from one call: the roles that may open it. */
    roles?: Role[]
    /** The desk's menu leads there, with this icon. */
    menu?: IconName
  }
}

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
    { path: "wall", component: () => import("@/features/requests/WishWall.vue"), meta: { title: "wall" } },
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
      meta: { title: "legs", needs: "POST /api/requests/{request_id}/legs/{leg_id}/claim" },
    },
    { path: "me", component: () => import("@/features/members/Profile.vue"), meta: { title: "me" } },
    {
      path: "password",
      component: () => import("@/features/members/ChangePassword.vue"),
      props: { back: "/m/me" },
      meta: { title: "password" },
    },
  ],
}

const desk = {
  path: "/desk",
  component: () => import("./DeskShell.vue"),
  meta: { needs: "GET /api/requests/queue" },
  children: [
    { path: "", redirect: () => homePath() },
    {
      path: "queue",
      component: () => import("@/features/requests/Queue.vue"),
      meta: { title: "queue", menu: "list" },
    },
    {
      path: "outside-news",
      component: () => import("@/features/requests/OutsideNews.vue"),
      meta: { title: "outsideNews", needs: "GET /api/requests/outside-news", menu: "talk" },
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
      meta: { title: "fileFor", roles: ["desk", "admin"], menu: "plus" },
    },
    {
      path: "activities",
      component: () => import("@/features/activities/Plans.vue"),
      meta: { title: "plans", needs: "POST /api/activities", menu: "calendar" },
    },
    {
      path: "activities/:id",
      component: () => import("@/features/activities/PlanPage.vue"),
      props: true,
      meta: { title: "activity", needs: "POST /api/activities" },
    },
    {
      path: "people",
      component: () => import("@/features/members/People.vue"),
      meta: { title: "people", needs: "GET /api/members/people", menu: "people" },
    },
    {
      path: "people/:id",
      component: () => import("@/features/members/PersonPage.vue"),
      props: true,
      meta: { title: "person", needs: "GET /api/members/people/{person_id}" },
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
      meta: { title: "organisation", needs: "GET /api/members/people", menu: "pin" },
    },
    {
      path: "room-codes",
      component: () => import("@/features/members/RoomCodes.vue"),
      meta: { title: "roomCodes", roles: ["desk", "secretary", "admin"], menu: "qr" },
    },
    {
      path: "operations",
      component: () => import("@/features/operations/Operations.vue"),
      meta: { title: "operations", needs: "GET /api/members/operations", menu: "pulse" },
    },
    {
      path: "imports",
      component: () => import("@/features/members/Imports.vue"),
      meta: { title: "imports", needs: "POST /api/members/imports", menu: "upload" },
    },
  ],
} satisfies RouteRecordRaw

const screen: RouteRecordRaw = {
  path: "/screen",
  component: () => import("@/features/reporting/Screen.vue"),
  meta: { title: "screen", needs: "GET /api/reporting/boards/community", menu: "screen" },
}

const mayOpen = ({ meta }: { meta?: RouteMeta }): boolean =>
  (!meta?.needs || mayCall(meta.needs)) && (!meta?.roles || hasRole(...meta.roles))

/** The pages that the desk's menu shows to whoever is signed in, in its order. */
export const deskMenu = (): { to: string; icon: IconName; title: string }[] =>
  [...desk.children.map((page) => ({ ...page, path: `/desk/${page.path}` })), screen].flatMap(({ path, meta }) =>
    meta?.menu && mayOpen({ meta }) ? [{ to: path, icon: meta.menu, title: meta.title ?? "" }] : [],
  )

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
    screen,
    { path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { title: "notFound", open: true } },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  await loadSession()
  if (to.path === "/signin" && me.value) return homePath()
  if (to.meta.open) return true
  if (!me.value) return { path: "/signin", query: to.fullPath === "/" ? {} : { then: to.fullPath } }
  return to.matched.every(mayOpen) ? true : homePath()
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
  if (to.path !== from.path) clearToasts()
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
  else showToast(i18n.global.t("unreachable.text"), "bad")
})
/** Tries again to open the page that could not be fetched. */
export const openAgain = (): void => {
  location.reload()
}
