import "not-there-at-all";
