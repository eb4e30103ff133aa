import type { Filter } from "../message.ts";
import type { FieldCondition } from "../pipeline/filter_field.ts";
import type { Route } from "../pipeline/routes.ts";
import { checkArray, checkObject } from "../validate.ts";
import { compileFilter, type FieldSettings, type FilterSettings, withRegExp } from "./filter_settings.ts";

/** A route as plain data. */
export interface RouteSettings extends Pick<Route, "to" | "level" | "logger" | "final"> {
  /** Fields by their paths: what each equals, or a condition. */
  readonly fields?: { readonly [path: string]: string | number | boolean | null | Omit<FieldSettings, "path"> };
  /** Whatever else must hold. */
  readonly filter?: FilterSettings;
}

/** Makes routes of their settings. */
export function compileRoutes(where: string, value: unknown): Route[] {
  return checkArray(where, value, (at, item) => {
    checkObject(at, item, undefined);
    const { fields, filter, ...route } = item as RouteSettings;
    return {
      ...route,
      ...(fields === undefined ? {} : { fields: compileFields(`${at}.fields`, fields) }),
      ...(filter === undefined ? {} : { filter: compileFilter(`${at}.filter`, filter) as Filter }),
    };
  });
}

function compileFields(where: string, fields: unknown): Route["fields"] {
  checkObject(where, fields, undefined);
  return Object.fromEntries(
    Object.entries(fields as Record<string, unknown>).map(([path, condition]) => {
      if (typeof condition !== "object" || condition === null) return [path, condition as string];
      return [path, withRegExp(`${where}["${path}"]`, condition) as FieldCondition];
    }),
  );
}
