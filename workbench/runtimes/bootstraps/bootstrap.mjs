// The same program for who starts it by this name; bootstrap.cjs itself starts some milliseconds sooner.
import "./bootstrap.cjs";
