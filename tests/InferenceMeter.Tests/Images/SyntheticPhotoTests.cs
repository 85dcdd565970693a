using InferenceMeter.Images;
using SkiaSharp;

namespace InferenceMeter.Tests.Images;

public sealed class SyntheticPhotoTests
{
    private static readonly Lazy<List<(int Width, int Height, int Bytes)>> Photos = new(() =>
    {
        using var source = new SyntheticPhotoSource(64, TimeProvider.System);
        return [.. Enumerable.Range(0, source.DistinctImages).Select(_ =>
        {
            source.TryNext(out var image);
            var info = SKBitmap.DecodeBounds(image.Bytes.Span);
            return (info.Width, info.Height, image.Bytes.Length);
        })];
    });

    [Fact]
    public void They_are_the_same_every_time_and_differ_from_each_other()
    {
        Assert.Equal(SyntheticPhotoGenerator.Make(3), SyntheticPhotoGenerator.Make(3));
        Assert.NotEqual(SyntheticPhotoGenerator.Make(3), SyntheticPhotoGenerator.Make(4));
    }

    [Fact]
    public void Most_are_of_the_size_that_most_of_imagenets_photos_have()
    {
        Assert.All(Photos.Value, photo => Assert.True(photo.Width > 0));
        Assert.InRange(Photos.Value.Count(photo => photo is { Width: 500, Height: 375 }), 26, 40);
        Assert.Contains(Photos.Value, photo => photo.Height > photo.Width);
        Assert.Contains(Photos.Value, photo => photo.Width >= 1000);
    }

    [Fact]
    public void Their_jpegs_are_about_110_kilobytes_with_the_spread_of_real_ones()
    {
        var usual = Photos.Value.Where(photo => photo is { Width: 500, Height: 375 }).Select(photo => (double)photo.Bytes).Order().ToList();

        Assert.InRange(usual.Average(), 90_000, 140_000);
        Assert.InRange(usual[^1] / usual[0], 2, 12);
    }

    [Fact]
    public void The_source_has_no_end()
    {
        using var source = new SyntheticPhotoSource(2, TimeProvider.System);
        var names = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            Assert.True(source.TryNext(out var image));
            Assert.Equal(i, image.Sequence);
            names.Add(image.Name);
        }

        Assert.Equal(names[0], names[2]);
        Assert.Equal(2, names.Distinct(StringComparer.Ordinal).Count());
    }
}
