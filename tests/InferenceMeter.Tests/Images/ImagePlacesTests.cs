using InferenceMeter.Images;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Images;

public sealed class ImagePlacesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_place_that_is_written_in_several_ways_is_one()
    {
        Directory.CreateDirectory(_folder.File("photos"));
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("photos"));
        var photos = _folder.File("photos");

        Assert.Equal(
            [photos, "s3://bucket/a"],
            ImagePlaces.Distinct([
                photos,
                $"{photos}/",
                $"{_folder.Root}/./photos",
                _folder.File("link"),
                "s3://bucket/a",
                "s3://bucket/a/",
            ])
        );
    }

    [Theory]
    [InlineData("s3://bucket", "s3://bucket/a")]
    [InlineData("az://account/container/a/", "az://account/container/a/1.jpg")]
    [InlineData("photos", "photos/1.tar")]
    public void Places_within_one_another_are_refused(string outer, string inner)
    {
        foreach (var places in new[] { new[] { outer, inner }, [inner, outer] })
            Assert.Equal(
                $"{inner} lies within {outer}, so its images would be taken twice; give one of them",
                Assert.Throws<ImageSourceException>(() => ImagePlaces.Distinct(places)).Message
            );
    }

    [Fact]
    public void Neighbours_with_a_common_beginning_are_two() =>
        Assert.Equal(2, ImagePlaces.Distinct(["s3://bucket/photos", "s3://bucket/photos-old"]).Count);

    [Theory]
    [InlineData("https://a.blob.core.windows.net/c/p?sv=1&sig=SECRET", "https://a.blob.core.windows.net/c/p")]
    [InlineData("az://a/c/p?sp=rl&sig=SECRET", "az://a/c/p")]
    [InlineData("s3://b/x?X-Amz-Signature=SECRET", "s3://b/x")]
    [InlineData("s3://KEY:SECRET@bucket/x", "s3://bucket/x")]
    [InlineData("s3://KEY:SECRET@bucket", "s3://bucket")]
    [InlineData("s3://bucket/a@b?c.jpg", "s3://bucket/a@b?c.jpg")]
    [InlineData("photos/a@b", "photos/a@b")]
    public void An_address_is_shown_without_its_secrets(string address, string shown) =>
        Assert.Equal(shown, ImageAddress.WithoutSecret(address));
}
