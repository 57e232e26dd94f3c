"""The digits arrive as the notebooks need them, and damage is told apart from absence."""

import shutil

import pytest
import torch
import torchvision

from helpers import data


def test_the_splits_are_disjoint_parts_of_the_ten_thousand():
    train, test, everything = (data.load_digits(split, size=28)[0] for split in ("train", "test", "all"))
    assert (len(train), len(test)) == (9_000, 1_000)
    assert torch.equal(torch.cat([train, test]), everything)


def test_images_are_resized_once_and_span_minus_one_to_one():
    images, labels = data.load_digits("test", size=32)
    assert images.shape == (1000, 1, 32, 32)
    assert images.dtype == torch.float32
    assert images.min() == -1
    assert 0.9 < images.max() <= 1
    assert labels.dtype == torch.int64
    assert sorted(labels.unique().tolist()) == list(range(10))


def test_at_the_original_size_every_grey_value_survives():
    raw = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16)
    assert torch.allclose((data.to_signed_range(raw, 16) + 1) * 127.5, raw[:, None].float(), atol=1e-4)


def test_an_epoch_shuffles_every_image_once_and_drops_the_rest(rng):
    images = torch.arange(10.0).reshape(10, 1, 1, 1)
    labels = torch.arange(10)
    seen = list(data.batches(images, 4, rng, labels))
    assert [len(x) for x, _ in seen] == [4, 4]
    numbers = torch.cat([y for _, y in seen])
    assert len(set(numbers.tolist())) == 8
    assert all(torch.equal(x.flatten(), y.float()) for x, y in seen)
    assert not torch.equal(numbers, numbers.sort().values)


def test_the_same_generator_seed_gives_the_same_order():
    images = torch.arange(32.0).reshape(32, 1, 1, 1)
    first, second = (torch.cat(list(data.batches(images, 8, torch.Generator().manual_seed(3)))).flatten() for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("batch_size", [0, 11])
def test_a_batch_that_does_not_fit_the_data_is_refused(batch_size):
    with pytest.raises(ValueError, match="between 1 and the 10 images"):
        next(data.batches(torch.zeros(10, 1, 1, 1), batch_size))


@pytest.mark.parametrize(
    ("images", "hint"),
    [
        (torch.rand(2, 1, 4, 4) * 255, "x / 127.5 - 1"),
        (torch.rand(2, 1, 4, 4), "2 \\* x - 1"),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), "floats"),
        (torch.zeros(4, 4), "batch, channels"),
    ],
)
def test_images_in_another_range_are_refused_with_the_way_to_scale_them(images, hint):
    with pytest.raises(ValueError, match=hint):
        data.check_range(images)


def test_unknown_splits_and_sizes_are_refused():
    with pytest.raises(ValueError, match="train, test, all"):
        data.load_digits("validation")
    with pytest.raises(ValueError, match="at least 4"):
        data.load_digits(size=0)


def test_a_damaged_file_says_how_to_restore_it(tmp_path, monkeypatch):
    broken = tmp_path / "mnist_10k.npz"
    shutil.copy(data.BUNDLED, broken)
    with broken.open("r+b") as file:
        file.truncate(100_000)
    monkeypatch.setattr(data, "BUNDLED", broken)
    with pytest.raises(ValueError, match="damaged.*git checkout"):
        data.load_digits()
    monkeypatch.setattr(data, "BUNDLED", tmp_path / "absent.npz")
    with pytest.raises(ValueError, match="missing"):
        data.load_digits()


def test_the_full_set_without_a_network_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(ConnectionError, match="bundled 10,000 digits"):
        data.load_digits(full=True, root=tmp_path)


def test_the_full_set_is_read_from_torchvisions_files(tmp_path):
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(1)
    written = {}
    for prefix, n in (("train", 6), ("t10k", 4)):
        images = torch.randint(0, 256, (n, 28, 28), generator=generator, dtype=torch.uint8)
        labels = torch.arange(n, dtype=torch.uint8)
        header = (0x0803).to_bytes(4, "big") + b"".join(d.to_bytes(4, "big") for d in (n, 28, 28))
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(header + images.numpy().tobytes())
        header = (0x0801).to_bytes(4, "big") + n.to_bytes(4, "big")
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(header + labels.numpy().tobytes())
        written[prefix] = images
    images, labels = data.load_digits("all", size=28, full=True, root=tmp_path)
    assert labels.tolist() == [*range(6), *range(4)]
    assert torch.equal(((images[:, 0] + 1) * 127.5).round().byte(), torch.cat([written["train"], written["t10k"]]))
