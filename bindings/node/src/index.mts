/** The same for ES modules: one copy of the package, whichever way it is imported. */
export * from "./index.js";
