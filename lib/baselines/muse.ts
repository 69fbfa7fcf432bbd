import { GUIDANCE_DEFAULTS, type MuseGuidance } from "../generate/guidance.ts";
import { type Method, tunedMethod } from "./method.ts";

/** The base model alone: the style is asked for in words, the reference is not looked at. */
export function museMethod(guidance: MuseGuidance = GUIDANCE_DEFAULTS.muse): Method {
  const method: Method = {
    id: "muse",
    placement: "none",
    dataScaling: false,
    prepare(_reference, muse) {
      const nothing = { tuneSeconds: 0, dispose: () => {} };
      return Promise.resolve(tunedMethod(method, muse, guidance, nothing));
    },
  };
  return method;
}
