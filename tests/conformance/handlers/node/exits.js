console.log("leaving"); process.exit(4);
