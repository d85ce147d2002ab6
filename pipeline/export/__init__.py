"""Plan models as files for phones: USDZ for Quick Look on iPhones, GLB for Scene Viewer on Android."""
