throw new Error("while loading a module");
