/**
 * Shaders of points. Positions come in two float32 parts, high and low, and so does the eye: their differences have about
 * 48 bits, so that nothing jitters far from the origin. Depth is not used: nothing is clipped by near and far planes.
 */
export const STAR_VERTEX = `
attribute vec3 high;
attribute vec3 low;
attribute vec2 look;
attribute float slot;
uniform vec3 eyeHigh;
uniform vec3 eyeLow;
uniform sampler2D palette;
uniform float now;
uniform float fade;
uniform float pixels;
uniform float dotSize;
uniform float exposure;
uniform float scale;
varying vec3 tint;
varying float core;
varying float white;

void main() {
  vec3 relative = (high - eyeHigh) + (low - eyeLow);
  // The rotation of the view only: the eye is at the origin.
  vec4 seen = projectionMatrix * vec4(mat3(viewMatrix) * relative, 1.0);
  vec4 colour = texture2D(palette, vec2((slot + 0.5) / 256.0, 0.5));
  float shown = look.y == 0.0 ? 0.0 : look.y < 0.0 ? 1.0 - (now + look.y) / fade : (now - look.y) / fade;
  shown = clamp(shown, 0.0, 1.0) * colour.a;
  if (seen.w <= 0.0 || shown <= 0.0 || look.x <= 0.0) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 0.0;
    return;
  }
  seen.z = 0.0;
  gl_Position = seen;
  float size = scale * look.x / max(length(relative), 1e-30) * pixels;
  float diameter = clamp(size, dotSize, dotSize * 11.0);
  // A point smaller than a dot is drawn as a dimmer one.
  float dim = clamp(sqrt(size / dotSize), 0.55, 1.0);
  float near = smoothstep(0.7, 3.5, size / dotSize);
  tint = colour.rgb * shown * mix(exposure * dim, 1.0, near);
  core = near;
  // Systems that a filter rejects have no white centre: it would draw the eye to them.
  white = colour.a < 1.0 ? 0.0 : 0.8 * shown;
  gl_PointSize = diameter * mix(1.0, 2.6, near);
}
`;

export const STAR_FRAGMENT = `
varying vec3 tint;
varying float core;
varying float white;

void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0;
  if (r > 1.0) discard;
  float dotted = smoothstep(1.0, 0.2, r);
  // A near star: a white centre, a coloured disc, a wide glow.
  float edge = 1.0 - r;
  float glow = edge * edge * 0.35 + exp(-r * r * 26.0);
  vec3 star = tint * glow + vec3(exp(-r * r * 70.0) * white);
  gl_FragColor = vec4(mix(tint * dotted, star, core), 1.0);
}
`;
