"""The cases of `deno task bench` in PyTorch: diffusers' UVit2DModel and VQModel, transformers' CLIP.

    python experiments/bench/peer.py MODEL WORK.safetensors THREADS

MODEL is a folder in aMUSEd's layout, WORK the inputs that bench writes. The first line on stdout tells
the versions. Then each line "CASE TIMES" on stdin is answered by one line of JSON:
`ms` of each run, `value`, a number that whoever does the same work gets too, and `peakMB`, the
largest resident memory of this process so far. All is eager PyTorch in fp32, attention is SDPA, the
default of both libraries.
"""

import json
import os
import resource
import sys
import time

try:
    import diffusers
    import torch
    import torch.nn.functional as F
    import transformers
    from diffusers import AmusedScheduler, UVit2DModel, VQModel
    from safetensors.torch import load_file
    from transformers import CLIPTextModelWithProjection, CLIPVisionModelWithProjection
except ImportError as error:
    print(json.dumps({"error": str(error)}))
    sys.exit(1)

FP32 = {"torch_dtype": torch.float32}


class Work:
    """The model's parts and the inputs."""

    def __init__(self, folder, path):
        self.folder, self.inputs = folder, load_file(path)
        self.transformer = self.load(UVit2DModel, "transformer")
        self.vq = self.load(VQModel, "vqvae")
        self.text = self.load(CLIPTextModelWithProjection, "text_encoder")
        if os.path.exists(f"{folder}/judge"):
            self.judge = self.load(CLIPVisionModelWithProjection, "judge/image_encoder")

    def load(self, kind, part):
        return kind.from_pretrained(f"{self.folder}/{part}", **FP32).eval().requires_grad_(False)

    def ids(self, name):
        return self.inputs[name].long()

    def encode(self, row, batch):
        """Text 0 (the prompt) or 1 (the empty one) as the transformer reads it, repeated."""
        out = self.text(input_ids=self.ids("text")[row : row + 1], output_hidden_states=True)
        return out.hidden_states[-2].expand(batch, -1, -1), out.text_embeds.expand(batch, -1)

    def logits(self, ids, sequence, pooled, transformer=None):
        """[B, L] -> [B, V, H, W]"""
        model = transformer or self.transformer
        batch, length = ids.shape
        codes, rows = model.config.codebook_size, model.config.vocab_size
        if rows == codes + length:  # a mask token per position
            ids = torch.where(ids >= codes, torch.arange(codes, rows), ids)
        side = round(length**0.5)
        return model(
            ids.reshape(batch, side, side),
            encoder_hidden_states=sequence,
            pooled_text_emb=pooled,
            micro_conds=self.inputs["micro"].expand(batch, -1),
        )


def repeated(times, work):
    ms, value = [], None
    for step in range(times):
        start = time.perf_counter()
        value = work(step)
        ms.append(1000 * (time.perf_counter() - start))
    return ms, value


def matmul(work, times):
    a, b = torch.randn(2, 1024, 1024) / 32

    def run(_):
        product = a
        for _ in range(8):
            product = product @ b
        product.sum().item()

    with torch.inference_mode():
        return repeated(times, run)


def forward(work, times):
    ids = work.ids("forward.ids")
    with torch.inference_mode():
        text = work.encode(0, len(ids))
        return repeated(times, lambda _: work.logits(ids, *text).square().mean().sqrt().item())


def train(optimizer, parameters, loss):
    """One step of Adam under a clipped gradient, as the kit's own; gives the loss before it."""
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def masked_loss(work, ids, targets, holes, text, transformer=None):
    """The loss of diffusers' train_amused.py."""
    logits = work.logits(ids, *text, transformer).flatten(2).transpose(1, 2)  # [B, L, V]
    labels = torch.where(holes > 0, targets, -100)
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)


def adapter_hooks(work, parameters):
    """The low-rank changes of the key and value kernels, shared by the layers but for offsets."""

    def low_rank(name):
        group = ".".join("*" if part.isdigit() else part for part in name.split("."))
        down, up = (parameters[f"{group}.lora_{x}.weight"] for x in "AB")
        down_offset, up_offset = (parameters[f"{name}.lora_{x}.offset"] for x in "AB")
        return lambda _, args, y: y + F.linear(F.linear(args[0], down + down_offset), up + up_offset)

    return [
        module.register_forward_hook(low_rank(name))
        for name, module in work.transformer.named_modules()
        if f"{name}.lora_A.offset" in parameters
    ]


def tuning(work, times):
    parameters = {
        name.removeprefix("adapter."): tensor.clone().requires_grad_()
        for name, tensor in work.inputs.items()
        if name.startswith("adapter.")
    }
    hooks = adapter_hooks(work, parameters)
    optimizer = torch.optim.Adam(parameters.values(), lr=3e-5, betas=(0.9, 0.999), fused=True)
    with torch.no_grad():
        text = work.encode(0, len(work.ids("tuning.0.ids")))

    def run(step):
        ids, targets = work.ids(f"tuning.{step}.ids"), work.ids(f"tuning.{step}.targets")
        loss = masked_loss(work, ids, targets, work.inputs[f"tuning.{step}.holes"], text)
        return train(optimizer, list(parameters.values()), loss)

    runs = repeated(times, run)
    for hook in hooks:
        hook.remove()
    return runs


def pretraining(work, times):
    model = work.load(UVit2DModel, "transformer").requires_grad_(True)
    parameters = list(model.parameters())
    optimizer = torch.optim.Adam(parameters, lr=0.0, betas=(0.9, 0.98), fused=True)
    batch = [work.ids("pretraining.ids"), work.ids("pretraining.targets"), work.inputs["pretraining.holes"]]
    with torch.no_grad():
        text = work.encode(0, len(batch[0]))
    return repeated(times, lambda _: train(optimizer, parameters, masked_loss(work, *batch, text, model)))


def adapted(work):
    """A second transformer with the adapter merged into it; all other weights are shared."""
    weights = work.transformer.state_dict()
    for name in work.inputs:
        if not name.endswith(".lora_A.offset"):
            continue
        module = name.removeprefix("adapter.").removesuffix(".lora_A.offset")
        group = ".".join("*" if part.isdigit() else part for part in module.split("."))
        down, up = (
            work.inputs[f"adapter.{group}.lora_{x}.weight"] + work.inputs[f"adapter.{module}.lora_{x}.offset"]
            for x in "AB"
        )
        weights[f"{module}.weight"] = weights[f"{module}.weight"] + up @ down
    with torch.device("meta"):
        model = UVit2DModel.from_config(work.transformer.config)
    model.load_state_dict(weights, assign=True)
    return model.eval().requires_grad_(False)


def images(work, times):
    """AmusedPipeline's loop with FineStyle's guidance, lambda1 = lambda2 = 1; 12 steps."""
    other, batch = adapted(work), int(work.inputs["images"])
    side = work.transformer.config.sample_size
    scheduler = AmusedScheduler.from_pretrained(f"{work.folder}/scheduler")

    def run(_):
        (prompt, pooled), (empty, empty_pooled) = work.encode(0, batch), work.encode(1, batch)
        both = torch.cat([prompt, empty]), torch.cat([pooled, empty_pooled])
        ids = torch.full((batch, side * side), scheduler.config.mask_token_id)
        scheduler.set_timesteps(12, (2, 0))
        for timestep in scheduler.timesteps:
            styled, unprompted = work.logits(ids.repeat(2, 1), *both, other).chunk(2)
            base = work.logits(ids, prompt, pooled)
            logits = (3 * styled - unprompted - base).flatten(2).transpose(1, 2)
            ids = scheduler.step(logits, timestep, ids).prev_sample
        decode(work, ids)

    with torch.inference_mode():
        return repeated(times, run)


def decode(work, ids):
    """[B, L] -> levels [B, H, W, 3]"""
    side, width = round(ids.shape[1] ** 0.5), work.vq.config.vq_embed_dim or work.vq.config.latent_channels
    pixels = work.vq.decode(ids, force_not_quantize=True, shape=(len(ids), side, side, width)).sample
    pixels = F.pixel_shuffle(pixels, patch(work)).clip(0, 1)
    return (255 * pixels).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def patch(work):
    """Side of the squares that the tokenizer takes as channels; diffusers' own models have 1."""
    return round((work.vq.config.in_channels / 3) ** 0.5)


def pixels_of(levels):
    return levels.permute(0, 3, 1, 2) / 255


TOKENIZED_AT_ONCE, JUDGED_AT_ONCE = 16, 64


def tokenized(work, times):
    levels = work.inputs["tokenized"].to(torch.uint8)

    def run(_):
        parts = []
        for part in levels.split(TOKENIZED_AT_ONCE):
            latents = work.vq.encode(F.pixel_unshuffle(pixels_of(part), patch(work))).latents
            parts.append(decode(work, work.vq.quantize(latents)[2][2].reshape(len(part), -1)))
        return torch.cat(parts)[0].float().mean().item()

    with torch.inference_mode():
        return repeated(times, run)


def judged(work, times):
    levels = work.inputs["judged"].to(torch.uint8)

    def run(_):
        parts = [work.judge(pixel_values=pixels_of(part)).image_embeds for part in levels.split(JUDGED_AT_ONCE)]
        first, second = F.normalize(torch.cat(parts))[:2]
        return (first @ second).item()

    with torch.inference_mode():
        return repeated(times, run)


CASES = {f.__name__: f for f in [matmul, judged, tokenized, forward, images, tuning, pretraining]}


def main(folder, path, threads):
    def say(answer):
        print(json.dumps(answer), flush=True)

    torch.set_num_threads(int(threads))
    for library in [diffusers, transformers]:
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    work = Work(folder, path)
    say({module.__name__: module.__version__ for module in [torch, diffusers, transformers]})
    for line in sys.stdin:
        case, times = line.split()
        ms, value = CASES[case](work, int(times))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # of KiB
        say({"ms": ms, "value": value, "peakMB": round(peak * 1.024)})


if __name__ == "__main__":
    main(*sys.argv[1:])
