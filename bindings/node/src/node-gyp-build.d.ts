declare module "node-gyp-build" {
  /** Loads the addon of a package: a prebuilt one, or one that was built in its folder. */
  function load(folder: string): any;
  export = load;
}
