import { tellOnboarding } from "../core/hub/onboarding-story.ts";

tellOnboarding({ each: 10_000, shared: 7000, near: 500 }, 120);
