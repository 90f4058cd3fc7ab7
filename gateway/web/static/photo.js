// Crops the chosen photo to the portrait's proportions and compresses it before the upload; without it the service does both.

const form = document.querySelector("[data-photo]");
const input = form.querySelector("input[type=file]");
const [width, height] = [Number(form.dataset.width) * 1.25, Number(form.dataset.height) * 1.25];
const most = Number(form.dataset.most);
const QUALITIES = [0.92, 0.85, 0.75, 0.6, 0.45];

input.addEventListener("change", async () => {
  const [file] = input.files;
  if (!file) return;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return; // Not an image this browser can read: the service says what is wrong with it.
  }
  const proportion = Math.min(picture.width / width, picture.height / height);
  if (proportion < 1) return; // Too small already: cropping would make it smaller.
  const [cropWidth, cropHeight] = [width * proportion, height * proportion];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const left = (picture.width - cropWidth) / 2;
  const top = (picture.height - cropHeight) / 2;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // A JPEG has no transparency: what shows through would be black.
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, left, top, cropWidth, cropHeight, 0, 0, width, height);
  const blob = await compressed(canvas);
  const cropped = new DataTransfer();
  cropped.items.add(new File([blob], "portrait.jpg", { type: "image/jpeg" }));
  input.files = cropped.files;
  show(canvas);
});

// The best quality that keeps within the rule's size.
async function compressed(canvas) {
  let blob;
  for (const quality of QUALITIES) {
    blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (blob.size <= most) break;
  }
  return blob;
}

function show(canvas) {
  form.querySelector(".preview")?.remove();
  canvas.className = "preview";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", form.dataset.preview);
  input.closest(".field").append(canvas);
}
