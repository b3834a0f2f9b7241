"""Random weights of Stable Diffusion's and Kandinsky 2.2's architectures, a few channels wide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tiny import Tiny

OPTIONS = {"steps": 3, "prior_steps": 2, "device": "cpu", "max_side_px": 128}


def build(folder: Path) -> Tiny:
    """A tiny Stable Diffusion, without a safety checker."""
    _build_stable(folder, checker=None)
    return Tiny(weights=folder, options=OPTIONS)


def build_checked(folder: Path) -> Tiny:
    """A tiny Stable Diffusion with a safety checker that finds everything unsafe."""
    import torch
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    torch.manual_seed(0)
    checker = StableDiffusionSafetyChecker(
        CLIPConfig(
            text_config=_text(99).to_dict(),
            vision_config={**_layers(), "image_size": 32, "patch_size": 8},
            projection_dim=32,
        )
    )
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(-2.0)  # every likeness lies above it
    _build_stable(folder, checker=checker)
    return Tiny(weights=folder, options=OPTIONS)


def build_kandinsky(folder: Path) -> Tiny:
    """A tiny Kandinsky 2.2: the decoder in ``folder``, its prior beside it as the hub has it, in a folder of its own."""
    import torch
    from diffusers import (
        DDPMScheduler,
        KandinskyV22Pipeline,
        KandinskyV22PriorPipeline,
        PriorTransformer,
        UnCLIPScheduler,
        UNet2DConditionModel,
        VQModel,
    )
    from transformers import (
        CLIPImageProcessorPil,
        CLIPTextModelWithProjection,
        CLIPVisionConfig,
        CLIPVisionModelWithProjection,
    )

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        in_channels=4,
        out_channels=8,
        addition_embed_type="image",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=(32, 64),
        layers_per_block=1,
        encoder_hid_dim=32,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=32,
        attention_head_dim=4,
        resnet_time_scale_shift="scale_shift",
        class_embed_type=None,
    )
    movq = VQModel(
        block_out_channels=(32, 64),
        down_block_types=("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", "UpDecoderBlock2D"),
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=8,
        norm_type="spatial",
        num_vq_embeddings=12,
        vq_embed_dim=4,
    )
    scheduler = DDPMScheduler(
        num_train_timesteps=1000,
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        thresholding=False,
        prediction_type="epsilon",
        variance_type="learned_range",
    )
    KandinskyV22Pipeline(unet=unet, scheduler=scheduler, movq=movq).save_pretrained(folder)
    tokenizer = _make_tokenizer()
    text_config = _text(len(tokenizer))
    vision = {**_layers(), "projection_dim": 32, "image_size": 32, "patch_size": 8}
    prior = PriorTransformer(
        num_attention_heads=2, attention_head_dim=12, embedding_dim=32, num_layers=1, num_embeddings=77
    )
    torch.nn.init.ones_(prior.clip_std)  # zeros would leave nothing of the prompt
    KandinskyV22PriorPipeline(
        prior=prior,
        image_encoder=CLIPVisionModelWithProjection(CLIPVisionConfig(**vision)),
        text_encoder=CLIPTextModelWithProjection(text_config),
        tokenizer=tokenizer,
        scheduler=UnCLIPScheduler(variance_type="fixed_small_log", prediction_type="sample", clip_sample=True),
        image_processor=CLIPImageProcessorPil(size={"height": 32, "width": 32}, crop_size=32),
    ).save_pretrained(folder / "prior")
    return Tiny(weights=folder, options={**OPTIONS, "prior": str(folder / "prior")})


def _build_stable(folder: Path, checker: Any) -> None:
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPImageProcessorPil, CLIPTextModel

    torch.manual_seed(0)
    tokenizer = _make_tokenizer()
    unet = UNet2DConditionModel(
        block_out_channels=(4, 8),
        layers_per_block=1,
        sample_size=16,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        norm_num_groups=2,
    )
    vae = AutoencoderKL(
        block_out_channels=[4, 4, 4, 4],
        in_channels=3,
        out_channels=3,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=4,
        norm_num_groups=2,
    )
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1
    )
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(_text(len(tokenizer))),
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=checker,
        feature_extractor=CLIPImageProcessorPil(size={"height": 32, "width": 32}, crop_size=32) if checker else None,
        requires_safety_checker=checker is not None,
    ).save_pretrained(folder)


def _layers() -> dict[str, Any]:
    return {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def _text(n_tokens: int) -> Any:
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        **_layers(), projection_dim=32, vocab_size=n_tokens, bos_token_id=0, eos_token_id=1, pad_token_id=1
    )


def _make_tokenizer() -> Any:
    """Letters as tokens."""
    from transformers import CLIPTokenizer

    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,:;!?'-"
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    return CLIPTokenizer(vocab={token: index for index, token in enumerate(tokens)}, merges=[], model_max_length=77)
