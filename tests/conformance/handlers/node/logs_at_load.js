console.log("loading"); console.error("with error", new Error("e").message); exports.handler = async (e, context) => { console.log("handling"); return 1; };
