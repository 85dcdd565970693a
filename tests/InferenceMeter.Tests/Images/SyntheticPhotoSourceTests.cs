using InferenceMeter.Images;
using InferenceMeter.Preprocessing;
using Microsoft.Extensions.Time.Testing;
using SkiaSharp;

namespace InferenceMeter.Tests.Images;

public sealed class SyntheticPhotoSourceTests(SyntheticPhotoSourceTests.Photos photos)
    : IClassFixture<SyntheticPhotoSourceTests.Photos>
{
    [Fact]
    public void They_are_the_same_bytes_every_time()
    {
        foreach (var index in (int[])[0, 5, 31])
            Assert.Equal(photos.Jpegs[index], SyntheticPhotoGenerator.Make(index));
    }

    [Fact]
    public void No_two_are_the_same() =>
        Assert.Equal(Photos.Count, photos.Jpegs.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public void Most_are_500_x_375_and_a_few_are_large()
    {
        var sizes = photos
            .Jpegs.Select(jpeg => SKBitmap.DecodeBounds(jpeg))
            .Select(info => (info.Width, info.Height))
            .ToArray();

        Assert.InRange(sizes.Count(size => size == (500, 375)), Photos.Count * 4 / 10, Photos.Count * 6 / 10);
        Assert.InRange(
            sizes.Count(size => size is { Width: 375, Height: 500 } or { Width: 333, Height: 500 }),
            Photos.Count / 10,
            Photos.Count * 3 / 10
        );
        Assert.Equal(2, sizes.Count(size => size.Width > 1000));
        Assert.True(sizes.Distinct().Count() >= 6);
    }

    [Fact]
    public void Their_files_are_as_large_as_photographs_files_and_spread_as_those_do()
    {
        var bytes = photos.Jpegs.Select(jpeg => (double)jpeg.Length).Order().ToArray();
        var usual = photos.Jpegs.Where(jpeg => SKBitmap.DecodeBounds(jpeg).Width < 1000).Average(jpeg => jpeg.Length);

        // ImageNet's mean is 110 KB.
        Assert.InRange(usual, 90_000, 125_000);
        Assert.InRange(bytes[Photos.Count / 2], 80_000, 130_000);
        Assert.InRange(bytes[Photos.Count * 9 / 10] / bytes[Photos.Count / 10], 2, 6);
    }

    [Fact]
    public void All_of_them_decode()
    {
        using var decoder = ImageDecoderFactory.Create(ImageDecoderFactory.Names[0], new());
        var rgb = new byte[new PreprocessingOptions().BytesPerImage];

        Assert.All(photos.Jpegs, jpeg => Assert.Equal(ImageFailure.None, decoder.Decode(jpeg, rgb)));
    }

    [Fact]
    public void The_source_hands_them_out_without_an_end()
    {
        var time = new FakeTimeProvider();
        using var source = new SyntheticPhotoSource(2, time);

        var images = Enumerable.Range(0, 5).Select(_ => source.TryNext(out var image) ? image : default).ToArray();

        Assert.Equal(("synthetic", 2), (source.Kind, source.DistinctImages));
        Assert.Equal([0, 1, 2, 3, 4], images.Select(image => image.Sequence));
        Assert.Equal(
            [
                "synthetic-0000.jpg",
                "synthetic-0001.jpg",
                "synthetic-0000.jpg",
                "synthetic-0001.jpg",
                "synthetic-0000.jpg",
            ],
            images.Select(image => image.Name)
        );
        Assert.All(images, image => Assert.Equal(photos.Jpegs[image.Sequence % 2], image.Bytes.ToArray()));
    }

    [Fact]
    public void None_at_all_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SyntheticPhotoSource(0, TimeProvider.System));

    public sealed class Photos
    {
        public const int Count = 64;

        public byte[][] Jpegs { get; } =
        [.. Enumerable.Range(0, Count).AsParallel().AsOrdered().Select(SyntheticPhotoGenerator.Make)];
    }
}
