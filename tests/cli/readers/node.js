// Prints what node, the current dotenv and dotenv 16 read of each file.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { parseEnv } = require("node:util");

const [tools, ...paths] = process.argv.slice(2);
const load = createRequire(`${tools}/`);
const readers = [parseEnv, load("dotenv").parse, load("dotenv16").parse];
const texts = paths.map((path) => readFileSync(path, "utf8"));
console.log(JSON.stringify(readers.map((read) => texts.map((text) => read(text)))));
