"""The recipe of `deno task pretrain transformer` in PyTorch: same model, loss, optimizer and data.

    python experiments/pretrain/transformer.py FOLDER

FOLDER holds what `deno task pretrain transformer --peer PYTHON` writes: `job.json`, weights in
`job.safetensors` and scenes in `*.bin`. Progress goes to stdout, one line of JSON each; `loss.jsonl` and
`average.safetensors`, the moving average of the weights, are the result. A stopped run goes on from
its `checkpoint.pt`. Matrix products are bfloat16 (`bfloat16` of job.json), which pays where the
processor has units for it.
"""

import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

NEWTON_SCHULZ = (3.4445, -4.775, 2.0315)


def rms_norm(x, weight, eps):
    return F.rms_norm(x, x.shape[-1:], weight, eps)


class Text:
    """transformers' CLIPTextModel up to its penultimate hidden states, frozen."""

    def __init__(self, weights, config):
        self.w, self.c = weights, config
        self.layers = config["num_hidden_layers"] - 1  # the last one only feeds the pooled text

    @torch.no_grad()
    def __call__(self, ids):
        w, root, eps = self.w, "text_model", self.c["layer_norm_eps"]
        x = w[f"{root}.embeddings.token_embedding.weight"][ids]
        x = x + w[f"{root}.embeddings.position_embedding.weight"][: ids.shape[1]]
        for i in range(self.layers):
            p = f"{root}.encoder.layers.{i}"

            def linear(name, y):
                return F.linear(y, w[f"{p}.{name}.weight"], w[f"{p}.{name}.bias"])

            def norm(name, y):
                return F.layer_norm(
                    y, y.shape[-1:], w[f"{p}.{name}.weight"], w[f"{p}.{name}.bias"], eps
                )

            def heads(y):
                return y.unflatten(-1, (self.c["num_attention_heads"], -1)).transpose(1, 2)

            y = norm("layer_norm1", x)
            q, k, v = (heads(linear(f"self_attn.{n}_proj", y)) for n in "qkv")
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + linear("self_attn.out_proj", mixed.transpose(1, 2).flatten(2))
            y = linear("mlp.fc1", norm("layer_norm2", x))
            y = y * torch.sigmoid(1.702 * y) if self.c["hidden_act"] == "quick_gelu" else F.gelu(y)
            x = x + linear("mlp.fc2", y)
        return x


class Generator(torch.nn.Module):
    """diffusers' UVit2DModel without biases and pooled text, on a map of its tensors."""

    def __init__(self, tensors, config, micro, dtype):
        super().__init__()
        self.c, self.dtype = config, dtype
        self.names = list(tensors)
        self.p = torch.nn.ParameterList([torch.nn.Parameter(t.clone()) for t in tensors.values()])
        pooled = torch.zeros(config["cond_embed_dim"])
        encoded = sinusoids(micro, config["micro_cond_encode_dim"])
        self.register_buffer("condition", torch.cat([pooled, encoded]))

    def weights(self):
        """The tensors by name, as the products take them."""
        return {name: p.to(self.dtype) for name, p in zip(self.names, self.p)}

    def forward(self, w, ids, text, observe=None):
        """Features [B, L, in_channels] before the last linear map of the head."""
        c, eps = self.c, self.c["layer_norm_eps"]
        text = text.to(self.dtype)
        batch, length = ids.shape
        side = math.isqrt(length)
        t = rms_norm(F.linear(text, w["encoder_proj.weight"]), w["encoder_proj_layer_norm.weight"], eps)
        # without pooled text the condition is the same for all
        condition = F.linear(self.condition.to(self.dtype), w["cond_embed.linear_1.weight"])
        condition = F.silu(F.linear(F.silu(condition), w["cond_embed.linear_2.weight"]))

        def modulate(name, x):
            scale, shift = F.linear(condition, w[f"{name}.weight"]).chunk(2)
            return x * (1 + scale) + shift

        def attention(name, x, context, heads):
            def split(y):
                return y.unflatten(-1, (heads, -1)).transpose(1, 2)

            q = split(F.linear(x, w[f"{name}.to_q.weight"]))
            k = split(F.linear(context, w[f"{name}.to_k.weight"]))
            v = split(F.linear(context, w[f"{name}.to_v.weight"]))
            scores = (q * (1 / math.sqrt(q.shape[-1]))) @ k.transpose(-1, -2)
            p = scores.softmax(-1)
            if observe:
                observe(name, p)
            return F.linear((p @ v).transpose(1, 2).flatten(2), w[f"{name}.to_out.0.weight"])

        def block(name, x):
            """[B, H, W, C] -> the same"""
            for i in range(c["num_res_blocks"]):
                conv, txt = f"{name}.res_blocks.{i}", f"{name}.attention_blocks.{i}"
                y = F.conv2d(
                    x.permute(0, 3, 1, 2),
                    w[f"{conv}.depthwise.weight"],
                    padding=1,
                    groups=x.shape[-1],
                ).permute(0, 2, 3, 1)
                y = rms_norm(y, w[f"{conv}.norm.weight"], eps)
                y = F.gelu(F.linear(y, w[f"{conv}.channelwise_linear_1.weight"]))
                size = (y.float().square().sum((1, 2), True) + 1e-24).sqrt()
                share = size / (size.mean(-1, True) + 1e-6)
                gain = w[f"{conv}.channelwise_norm.gamma"] * share + 1
                y = y * gain.to(y.dtype) + w[f"{conv}.channelwise_norm.beta"]
                y = F.linear(y, w[f"{conv}.channelwise_linear_2.weight"])
                x = modulate(f"{conv}.cond_embeds_mapper", y + x)
                flat = x.flatten(1, 2)
                context = t
                if f"{txt}.kv_mapper.weight" in w:
                    context = F.linear(F.silu(t), w[f"{txt}.kv_mapper.weight"])
                for n in (1, 2):
                    y = rms_norm(flat, w[f"{txt}.norm{n}.weight"], 1e-6)
                    flat = flat + attention(f"{txt}.attn{n}", y, context, c["block_num_heads"])
                x = flat.unflatten(1, x.shape[1:3])
            return x

        rows, codes = c["vocab_size"], c["codebook_size"]
        placed = torch.where(ids >= codes, torch.arange(codes, rows), ids)
        x = rms_norm(w["embed.embeddings.weight"][placed], w["embed.layer_norm.weight"], eps)
        x = F.linear(x, w["embed.conv.weight"].flatten(1)).unflatten(1, (side, side))
        x = rms_norm(x, w["down_block.downsample.norm.weight"], eps)
        half = side // 2
        kernel = w["down_block.downsample.conv.weight"].permute(0, 2, 3, 1).flatten(1)
        x = x.unflatten(2, (half, 2)).unflatten(1, (half, 2)).transpose(2, 3).flatten(3)
        x = block("down_block", F.linear(x, kernel))

        h = rms_norm(x.flatten(1, 2), w["project_to_hidden_norm.weight"], eps)
        h = F.linear(h, w["project_to_hidden.weight"])
        for i in range(c["num_hidden_layers"]):
            n, heads = f"transformer_layers.{i}", c["num_attention_heads"]

            def rms(k, y):
                y = rms_norm(y, w[f"{n}.norm{k}.norm.weight"], eps)
                return modulate(f"{n}.norm{k}.linear", y)

            y = rms(1, h)
            h = h + attention(f"{n}.attn1", y, y, heads)
            h = h + attention(f"{n}.attn2", rms(2, h), t, heads)
            y = F.layer_norm(h, h.shape[-1:], w[f"{n}.norm3.norm.weight"], None, eps)
            y = F.linear(modulate(f"{n}.norm3.linear", y), w[f"{n}.ff.net.0.proj.weight"])
            value, gate = y.chunk(2, -1)
            h = h + F.linear(value * F.gelu(gate), w[f"{n}.ff.net.2.weight"])
        h = rms_norm(h, w["project_from_hidden_norm.weight"], eps)
        x = F.linear(h, w["project_from_hidden.weight"]).unflatten(1, (half, half))

        x = block("up_block", x)
        x = rms_norm(x, w["up_block.upsample.norm.weight"], eps)
        kernel = w["up_block.upsample.conv.weight"].permute(2, 3, 1, 0).flatten(0, 2)
        x = F.linear(x, kernel).unflatten(-1, (2, 2, -1)).transpose(2, 3)
        x = x.flatten(3, 4).flatten(1, 2).flatten(1, 2)
        x = F.linear(x, w["mlm_layer.conv1.weight"].flatten(1))
        return rms_norm(x, w["mlm_layer.layer_norm.weight"], eps)


def sinusoids(values, width):
    half = width // 2
    rates = torch.exp(-math.log(10000) * torch.arange(half) / half)
    angles = values[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], -1).flatten()


class Loss(torch.nn.Module):
    """Cross-entropy of masked tokens, and how far attention is from the words of what is drawn."""

    def __init__(self, model, text, run):
        super().__init__()
        self.model, self.text, self.run = model, text, run

    def forward(self, ids, places, targets, weights, words, named):
        placement = []

        def observe(name, p):
            parts = name.split(".")
            if parts[0] != "transformer_layers" or parts[1] == "0" or parts[2] != "attn2":
                return
            attention = (p.float().mean(1) * named).sum(-1)
            missing = F.relu(math.log(self.run["placementGoal"]) - (attention + 1e-6).log())
            told = named.amax(-1)
            placement.append((missing * told).sum() / (told.sum() + 1e-6))

        w = self.model.weights()
        features = self.model(w, ids, self.text(words), observe).flatten(0, 1)
        logits = F.linear(features[places], w["mlm_layer.conv2.weight"].flatten(1))
        nll = F.cross_entropy(logits.float(), targets, reduction="none")
        token = (nll * weights).sum() / weights.sum().clamp(min=1e-12)
        return token, self.run["placementWeight"] * sum(placement) / len(placement)


class Optimizer:
    """Adam with decay, clipped; hidden matrices take Muon's step (lib/train/adam.ts)."""

    def __init__(self, model, run, hidden):
        self.beta1, self.beta2, self.eps = run["beta1"], run["beta2"], run["epsilon"]
        self.decay, self.clip = run["weightDecay"], run["clipNorm"]
        self.average_decay = run["averageDecay"]
        self.model, self.t = model, 0
        names = model.names
        self.muon = {}
        for i, name in enumerate(names):
            if name in hidden:
                self.muon.setdefault(tuple(model.p[i].shape), []).append(i)
        self.adam = [i for i, name in enumerate(names) if name not in hidden]
        zeros = lambda: [torch.zeros_like(p) for p in model.p]
        self.first, self.second = zeros(), zeros()
        self.average = [p.detach().clone() for p in model.p]

    @torch.no_grad()
    def step(self, rate):
        self.t += 1
        p = list(self.model.p)
        g = [q.grad for q in p]
        norm = torch.stack(torch._foreach_norm(g)).norm()
        torch._foreach_mul_(g, min(1.0, self.clip / (norm.item() + 1e-12)))
        torch._foreach_mul_(self.first, self.beta1)
        torch._foreach_add_(self.first, g, alpha=1 - self.beta1)
        pick = lambda xs: [xs[i] for i in self.adam]
        v, ga = pick(self.second), pick(g)
        torch._foreach_mul_(v, self.beta2)
        torch._foreach_addcmul_(v, ga, ga, 1 - self.beta2)
        root = torch._foreach_sqrt(v)
        torch._foreach_div_(root, math.sqrt(1 - self.beta2**self.t))
        torch._foreach_add_(root, self.eps)
        for i in self.adam:
            if p[i].ndim > 1:
                p[i].mul_(1 - rate * self.decay)
        torch._foreach_addcdiv_(
            pick(p), pick(self.first), root, -rate / (1 - self.beta1**self.t)
        )
        for shape, members in self.muon.items():
            ahead = torch.stack([self.beta1 * self.first[i] + (1 - self.beta1) * g[i] for i in members])
            move = orthogonal(ahead) * (rate * 0.2 * math.sqrt(max(shape)))
            for k, i in enumerate(members):
                p[i].sub_(move[k])
        past = min(self.average_decay, (1 + self.t) / (10 + self.t))
        torch._foreach_lerp_(self.average, p, 1 - past)
        for q in p:
            q.grad = None


def orthogonal(x):
    a, b, c = NEWTON_SCHULZ
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-12)).bfloat16()
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * (square @ square)) @ x
    x = x.float()
    return x.transpose(1, 2) if tall else x


def warmup_cosine(step, steps, peak, warmup, floor=0.02):
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min(1, (step - warmup) / max(1, steps - warmup))
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress)))


def read_scenes(folder, job):
    def read(name, dtype, *shape):
        with open(f"{folder}/{name}.bin", "rb") as file:
            return torch.frombuffer(bytearray(file.read()), dtype=dtype).reshape(-1, *shape)

    texts = (job["captions"], job["text"]["max_position_embeddings"])
    tokens = read("tokens", torch.int16, job["length"])  # all below 2 ** 15
    count = len(tokens)
    return dict(
        tokens=tokens,
        cells=read("cells", torch.uint8).reshape(count, -1),
        words=read("words", torch.int16, *texts),
        parts=read("parts", torch.uint8, *texts),
        pair=read("pair", torch.uint8),
    )


class Batches:
    """Batch `step` is a pure function of the seed and the step."""

    def __init__(self, data, run, length):
        self.d, self.run, self.length = data, run, length
        is_pair = data["pair"].bool()
        self.singles, self.pairs = (~is_pair).nonzero()[:, 0], is_pair.nonzero()[:, 0]
        side, grid = math.isqrt(length), math.isqrt(data["cells"].shape[1])
        i = torch.arange(length)
        scale = side // grid
        self.cell_of = i // side // scale * grid + i % side // scale

    def __call__(self, step):
        d, run, random = self.d, self.run, torch.Generator().manual_seed(run_seed(self.run, step))
        batch = run["batch"]
        rand = lambda *shape: torch.rand(*shape, generator=random)
        draw = lambda n: torch.randint(n, (batch,), generator=random)
        paired = run["pairs"] if step >= run["singlesUntil"] * run["steps"] else 0
        rows = torch.where(
            rand(batch) < paired, self.pairs[draw(len(self.pairs))], self.singles[draw(len(self.singles))]
        )
        targets, cells = d["tokens"][rows].long(), d["cells"][rows].long()
        variant = draw(d["words"].shape[1])
        words, parts = d["words"][rows, variant].long(), d["parts"][rows, variant]
        count = (self.length * torch.cos(math.pi / 2 * rand(batch))).round().clamp(min=1)
        masked = rand(batch, self.length).argsort(1).argsort(1) < count[:, None]
        weights = torch.where(cells[:, self.cell_of] > 0, run["objectWeight"], 1)
        ids = torch.where(masked, run["mask"], targets)
        wanted = torch.where(cells == 0, 4, cells)
        named = (wanted[:, :, None] == parts[:, None, :]).float()
        # a fixed number of places, so that shapes are always the same: at batch 32 0.64 +- 0.05 of
        # all are masked, so these hold all of them
        places = masked.flatten().float().argsort(descending=True)[: round(0.85 * masked.numel())]
        weights = torch.where(masked, weights, 0).float().flatten()[places]
        return ids, places, targets.flatten()[places], weights, words, named


def run_seed(run, step):
    return (run["seed"] * 1_000_003 + step) % 2**63


def main(folder):
    with open(f"{folder}/job.json") as file:
        job = json.load(file)
    run, weights = job["run"], load_file(f"{folder}/job.safetensors")
    part = lambda prefix: {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}
    torch.manual_seed(run["seed"])
    initial = part("transformer:")
    dtype = torch.bfloat16 if job["bfloat16"] else torch.float32
    micro = torch.tensor(job["micro"], dtype=torch.float32)
    model = Generator(initial, job["config"], micro, dtype)
    text = Text(part("text:"), job["text"])
    batches = Batches(read_scenes(folder, job), run, job["length"])
    loss = torch.compile(Loss(model, text, run), dynamic=False)
    optimizer = Optimizer(model, run, set(job["hidden"]))
    losses, path = [], f"{folder}/checkpoint.pt"
    if os.path.exists(path):
        state = torch.load(path)
        for key in ("first", "second", "average"):
            setattr(optimizer, key, state[key])
        for p, value in zip(model.p, state["weights"]):
            p.data.copy_(value)
        optimizer.t, losses = state["steps"], state["losses"]

    def store():
        state = dict(
            first=optimizer.first,
            second=optimizer.second,
            average=optimizer.average,
            weights=[p.data for p in model.p],
            steps=optimizer.t,
            losses=losses,
        )
        torch.save(state, path + ".part")
        os.replace(path + ".part", path)
        save_file(dict(zip(model.names, optimizer.average)), f"{folder}/average.safetensors")
        with open(f"{folder}/loss.jsonl", "w") as file:
            file.writelines(json.dumps(entry) + "\n" for entry in losses)

    saved, seen, total = time.time(), 0, [0.0, 0.0]
    while optimizer.t < run["steps"]:
        step = optimizer.t
        token, placement = loss(*batches(step))
        value = token + placement
        value.backward()
        if not math.isfinite(value.item()):
            raise SystemExit(f"The loss is {value.item()} at step {step + 1}")
        optimizer.step(warmup_cosine(step, run["steps"], run["learningRate"], run["warmup"]))
        seen += 1
        total[0] += token.item()
        total[1] += placement.item()
        if optimizer.t % 50 == 0:
            token, placement = (v / seen for v in total)
            losses.append({"step": optimizer.t, "loss": token + placement, "placement": placement})
            seen, total = 0, [0.0, 0.0]
            print(json.dumps(losses[-1]), flush=True)
        if time.time() - saved > run["saveEvery"]:
            store()
            saved = time.time()
    store()


if __name__ == "__main__":
    main(sys.argv[1])
