/** A picture with fewer pixels than the canvas, which is drawn over all of it. */
import {
  BufferAttribute,
  BufferGeometry,
  type Camera,
  LinearFilter,
  Mesh,
  type Object3D,
  Scene,
  ShaderMaterial,
  type WebGLRenderer,
  WebGLRenderTarget,
} from 'three';

export class CoarsePicture {
  readonly #target = new WebGLRenderTarget(1, 1, { depthBuffer: false, minFilter: LinearFilter });
  readonly #scene = new Scene();

  constructor() {
    const geometry = new BufferGeometry();
    // One triangle that covers the canvas.
    const corners = new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]);
    geometry.setAttribute('position', new BufferAttribute(corners, 3));
    const material = new ShaderMaterial({
      vertexShader: `
        varying vec2 place;
        void main() {
          place = position.xy * 0.5 + 0.5;
          gl_Position = vec4(position.xy, 0.0, 1.0);
        }`,
      fragmentShader: `
        uniform sampler2D picture;
        varying vec2 place;
        void main() {
          gl_FragColor = texture2D(picture, place);
        }`,
      uniforms: { picture: { value: this.#target.texture } },
      depthTest: false,
      depthWrite: false,
    });
    const triangle = new Mesh(geometry, material);
    triangle.frustumCulled = false;
    this.#scene.add(triangle);
  }

  /**
   * Draws a scene.
   * @param width pixels of the picture, as `height`: changing them costs no waiting, unlike those of the canvas
   */
  draw(renderer: WebGLRenderer, scene: Object3D, camera: Camera, width: number, height: number): void {
    this.#target.setSize(width, height);
    renderer.setRenderTarget(this.#target);
    renderer.render(scene, camera);
    renderer.setRenderTarget(null);
    renderer.render(this.#scene, camera);
  }
}
