"""Networks by name, from seeds or from a file; never from the internet."""

from __future__ import annotations

import socket

import pytest

from overpaint.errors import UsageError
from overpaint.measures._networks import network, with_weights

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def unplugged(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("something wants to go out")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", ["small", "squeezenet1_0", "googlenet", "timm:resnet10t"])
def test_a_network_has_so_many_outputs(name):
    net = network(name, 5).eval()
    with torch.no_grad():
        assert net(torch.zeros(2, 3, 64, 64)).shape == (2, 5)


def test_the_seed_draws_the_weights_and_nothing_else_is_disturbed():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, same, other = (network("small", 3, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_the_small_one_does_not_mix_pictures():
    net = network("small", 3).train()
    pictures = torch.rand(4, 3, 48, 48)
    with torch.no_grad():
        torch.testing.assert_close(net(pictures)[:1], net(pictures[:1]))


@pytest.mark.parametrize("name", ["nothing", "timm:nothing", "fasterrcnn_resnet50_fpn", ""])
def test_no_such_network(name):
    with pytest.raises(UsageError, match="--model"):
        network(name, 3)


def test_weights_of_a_file(tmp_path):
    given = network("small", 7, seed=1)
    torch.save({"state_dict": {f"module.{k}": v for k, v in given.state_dict().items()}}, tmp_path / "given.pt")
    net = network("small", 3, seed=2)
    taken = with_weights(net, tmp_path / "given.pt")
    assert taken == len(net.state_dict()) - 2  # the last layer is for other classes
    assert torch.equal(net[0].weight, given[0].weight)


def test_files_that_are_no_weights(tmp_path):
    (tmp_path / "a.pt").write_bytes(b"no")
    torch.save({"other": torch.zeros(3)}, tmp_path / "b.pt")
    for name in ("a.pt", "b.pt", "missing.pt"):
        with pytest.raises(UsageError, match="--weights"):
            with_weights(network("small", 3), tmp_path / name)
